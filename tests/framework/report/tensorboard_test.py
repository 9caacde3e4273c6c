"""Reads what write_events wrote with TensorBoard's own reader: tensorboard_test.py DIRECTORY"""
import io
import sys

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util

events = EventAccumulator(sys.argv[1], size_guidance={"tensors": 0})
events.Reload()
plugins = {"scalars": ["loss"], "text": ["note"], "histograms": ["numbers"], "images": ["ramp"]}
for plugin, tags in plugins.items():
    assert list(events.PluginTagToContent(plugin)) == tags, plugin


def values(tag):
    return [tensor_util.make_ndarray(event.tensor_proto) for event in events.Tensors(tag)]


assert [event.step for event in events.Tensors("loss")] == [0, 1, 2]
assert [float(value) for value in values("loss")] == [1.5, 1.0, 0.5]
assert values("note")[0].item() == b"hello **world**"
np.testing.assert_array_equal(values("numbers")[0], [[0, 499.5, 500], [499.5, 999, 500]])

width, height, png = values("ramp")[0]
assert (width, height) == (b"40", b"20")
try:
    from PIL import Image
except ImportError:
    print("Pillow: not installed, the image is not decoded")
else:
    pixels = np.asarray(Image.open(io.BytesIO(png)))
    red = np.floor(np.arange(40, dtype=np.float32) / np.float32(40) * np.float32(255))
    assert pixels.shape == (20, 40, 3)
    np.testing.assert_array_equal(pixels[..., 0], np.tile(red, (20, 1)))
    assert (pixels[..., 1] == 0).all() and (pixels[..., 2] == 255).all()


def hparams(tag):
    content = events.SummaryMetadata(tag).plugin_data.content
    return plugin_data_pb2.HParamsPluginData.FromString(content)


settings = hparams("_hparams_/session_start_info").session_start_info.hparams
assert settings["rate"].number_value == 0.25
assert settings["norm"].bool_value is True
assert settings["rule"].string_value == "adam"
assert settings["batch"].number_value == 128
experiment = hparams("_hparams_/experiment").experiment
assert [info.name for info in experiment.hparam_infos] == ["rate", "norm", "rule", "batch"]
assert [info.name.tag for info in experiment.metric_infos] == ["loss"]
