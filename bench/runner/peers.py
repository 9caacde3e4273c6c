"""Sets the peers up: a virtual environment for each that comes by pip."""
import re
import shutil
import subprocess
import sys


def set_up(venvs, packages, update):
    """Makes what is missing in the folder `venvs`. Why one cannot be had is in NAME.absent."""
    venvs.mkdir(parents=True, exist_ok=True)
    for package in packages:
        folder, absent = venvs / package, venvs / f"{package}.absent"
        complete = folder / "complete"
        if update:
            shutil.rmtree(folder, ignore_errors=True)
        if complete.exists():
            continue
        print(f"installing {package} in {folder}", file=sys.stderr)
        absent.unlink(missing_ok=True)
        log = venvs / f"{package}.log"
        with open(log, "w") as output:
            worked = all(
                subprocess.run(command, stdout=output, stderr=output).returncode == 0
                for command in (
                    ["/usr/bin/python3", "-m", "venv", "--clear", folder],
                    [folder / "bin" / "pip", "install", "--upgrade", package, "numpy", "h5py"]))
        if worked:
            complete.touch()
        else:
            absent.write_text(f"pip could not install {package}: {last_error(log)}\n")


def last_error(log):
    lines = log.read_text().splitlines()
    errors = [line for line in lines if line.startswith("ERROR")] or lines or ["no output"]
    return re.sub(r"https?://\S+", "…", f"{errors[-1]} (see {log.name})")
