"""Reads the files of write_sample with h5py: h5py_test.py CHECKPOINT RECORDED_STEP"""
import json
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1], "r") as file:
    assert file.userblock_size == 512
    assert file.attrs["format"] == b"linseed" and file.attrs["format_version"] == 1
    assert file.attrs["step"] == 42 and file.attrs["complete"] == 1
    assert len(file.attrs["uuid"]) == 36
    assert json.loads(file["meta/config_json"][...].tobytes()) == {"features": [32, 64]}
    assert file["meta/config_json"].attrs["encoding"] == b"json"

    state = file["state"]
    order = ["optimizer", "batch_stats", "flags", "bytes", "key", "labels", "float16", "bfloat16",
             "nothing", "empty"]
    by_creation = []
    state.id.links.iterate(lambda name: by_creation.append(name.decode()),
                           idx_type=h5py.h5.INDEX_CRT_ORDER)
    assert by_creation == order, by_creation
    assert len(state["empty"]) == 0 and state["empty"].attrs["kind"] == b"dict"

    expected = {
        "optimizer/target/Conv_0/kernel": np.array([[1, 2, 3], [4, 5, 6]], np.float32),
        "optimizer/target/A first": np.float64(1.5),
        "optimizer/step": np.int64(1234567890123),
        "batch_stats/%2FConv_0/mean": np.array([0.5, -1], np.float32),
        "flags": np.array([True, False, True]),
        "bytes": np.array([7, 255], np.uint8),
        "key": np.array([0, 4294967295], np.uint32),
        "labels": np.array([[-1, 2]], np.int32),
        "float16": np.array([65504, -2.0**-24], np.float16),
        # NumPy has no bfloat16, and float32 holds all its values.
        "bfloat16": (np.array([0x7F62, 0x8001, 0x3DCD], np.uint32) << 16).view(np.float32),
        "nothing": np.zeros((0, 3), np.float32),
    }
    found = {}
    state.visititems(lambda name, item: found.update({name: item})
                     if isinstance(item, h5py.Dataset) else None)
    assert set(found) == set(expected), set(found) ^ set(expected)
    for name, value in expected.items():
        dataset = found[name]
        assert dataset.dtype == value.dtype and dataset.shape == value.shape, name
        assert np.array_equal(dataset[()], value), name
        dtype = name if name == "bfloat16" else str(value.dtype)
        assert dataset.attrs["dtype"].decode() == dtype, name
        assert dataset.chunks is None and dataset.attrs["crc32c"].dtype == np.uint32, name

with h5py.File(sys.argv[2], "r") as file:
    words = {name: file["state"][name][...].tobytes().decode()
             for name in ("op", "attributes", "module_path", "place")}
    assert words == {"op": "divide", "attributes": "", "module_path": "/Head_1",
                     "place": "step 7 of 12"}, words
    assert list(file["state/inputs"]) == ["0", "1"] and list(file["state/outputs"]) == ["0"]
    assert np.array_equal(file["state/inputs/1"][...], np.array([0.5, -1], np.float32))
    assert np.array_equal(file["state/outputs/0"][...], np.array([np.inf, 1.5], np.float32))
