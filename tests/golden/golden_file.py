"""What the scripts share that write HDF5 files: a group for each case, whose attributes are its
options and whose datasets are what came out. tests/support/golden_file.h reads them. HDF5 may put
the time into a file as well, so compare two of them by h5diff.
"""
import h5py
import numpy as np

import golden_header


def uneven(shape, seed):
    return golden_header.uneven(shape, seed).astype(np.float64)


def unless_ones(numbers):
    return numbers if any(number != 1 for number in numbers) else None


def write(path, cases):
    """`cases`: (name, options, results), both dictionaries. An option is an integer or a list of
    them, a float, or a text; None and () stand for the default and are left out."""
    with h5py.File(path, "w", libver="latest") as file:
        for name, options, results in cases:
            group = file.create_group(name)
            for option, value in options.items():
                if value is not None and value != ():
                    group.attrs[option] = np.bytes_(value) if isinstance(value, str) else value
            for result, array in results.items():
                group[result] = np.asarray(array)
