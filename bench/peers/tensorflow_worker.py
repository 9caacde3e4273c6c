"""TensorFlow: tf.function on the CPU, channels last, with oneDNN."""
import os

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

import worker
from networks import NETWORKS
from worker import Work, normal

EPSILON, NEW_WEIGHT = 1e-5, 0.01  # of BatchNorm; of a batch in the running averages


class Peer(worker.ChannelsLast):
    def __init__(self, threads, variant):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self.name = f"TensorFlow {tf.__version__} tf.function"
        self.conv, self.matmul, self.directed = conv, tf.matmul, directed
        self.versions = {"tensorflow": tf.__version__, "numpy": np.__version__}

    def batch_norm(self, s):
        shape = (s["batch"], s["size"], s["size"], s["channels"])
        averages = make_averages(s["channels"])
        inputs = [normal(1, *shape), np.ones(s["channels"], np.float32),
                  np.zeros(s["channels"], np.float32)]
        if s["residual"]:
            inputs.append(normal(2, *shape))

        def forward(inputs):
            y = batch_norm(inputs[0], inputs[1], inputs[2], averages)
            return tf.nn.relu(y + inputs[3] if s["residual"] else y)

        def both(inputs, y_bar):
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                y = forward(inputs)
            return y, tape.gradient(y, inputs, y_bar)
        return compiled(both, inputs, normal(3, *shape)) if s["backward"] else compiled(
            forward, inputs)

    def training(self, s):
        return Training(s)

    def evaluation(self, s):
        values, batches = worker.initial_values(s["initial"])
        params = {name: tf.Variable(value) for name, value in values.items()}
        layers = Layers(params, averages_of(values), trains=False)
        network = NETWORKS[s["network"]]
        return worker.Evaluation(
            tf.function(lambda images: network(layers, images)),
            [(tf.constant(images), labels) for images, labels in batches])


def conv(x, w, stride, padding):
    window = w.shape[0]
    if padding == 0:
        mode = "VALID"
    elif stride == 1 and padding == window // 2:
        mode = "SAME"
    else:
        mode = [[0, 0], [padding, padding], [padding, padding], [0, 0]]
    return tf.nn.conv2d(x, w, stride, mode)


def make_averages(channels):
    return tf.Variable(tf.zeros(channels)), tf.Variable(tf.ones(channels))


def averages_of(values):
    return {name: tuple(map(tf.Variable, pair))
            for name, pair in worker.averages_of(values).items()}


def batch_norm(x, scale, bias, averages, trains=True):
    if not trains:
        mean, var = averages
        return tf.raw_ops.FusedBatchNormV3(x=x, scale=scale, offset=bias, mean=mean, variance=var,
                                           epsilon=EPSILON, is_training=False)[0]
    y, mean, var, *_ = tf.raw_ops.FusedBatchNormV3(
        x=x, scale=scale, offset=bias, mean=[], variance=[], epsilon=EPSILON, is_training=True)
    for average, new in zip(averages, (mean, var)):
        average.assign_add(NEW_WEIGHT * (new - average))
    return y


def compiled(function, *arguments):
    function = tf.function(function)
    arguments = tf.nest.map_structure(tf.constant, list(arguments))
    return Work(lambda: function(*arguments))


def directed(f, spec, x, w, y_bar):
    """A function (x, w) -> y in one of three directions; the graph drops what is not needed."""
    if spec["direction"] == "forward":
        return compiled(f, x, w)

    def gradient(x, w, y_bar):
        wanted = x if spec["direction"] == "input_gradient" else w
        with tf.GradientTape() as tape:
            tape.watch(wanted)
            y = f(x, w)
        return tape.gradient(y, wanted, y_bar)
    return compiled(gradient, x, w, y_bar)


class Layers:
    def __init__(self, params, averages, trains=True):
        self.p, self.averages, self.trains = params, averages, trains

    def conv(self, x, name, stride):
        w = self.p[name + "/kernel"]
        y = conv(x, w, stride, w.shape[0] // 2)
        bias = self.p.get(name + "/bias")
        return y if bias is None else tf.nn.bias_add(y, bias)

    def batch_norm(self, x, name):
        return batch_norm(x, self.p[name + "/scale"], self.p[name + "/bias"], self.averages[name],
                          self.trains)

    def dense(self, x, name):
        return tf.nn.bias_add(tf.matmul(x, self.p[name + "/kernel"]), self.p[name + "/bias"])

    def relu(self, x):
        return tf.nn.relu(x)

    def max_pool(self, x):
        return tf.nn.max_pool2d(x, 2, 2, "VALID")

    def avg_pool(self, x):
        return tf.nn.avg_pool2d(x, 2, 2, "VALID")

    def flatten(self, x):
        return tf.reshape(x, [x.shape[0], -1])

    def global_mean(self, x):
        return tf.reduce_mean(x, [1, 2])


class Training:
    def __init__(self, spec):
        self.initial, batches = worker.initial_values(spec["initial"])
        self.params = {name: tf.Variable(value) for name, value in self.initial.items()}
        self.momenta = {name: tf.Variable(tf.zeros_like(value))
                        for name, value in self.initial.items()}
        self.averages = averages_of(self.initial)
        self.batches = [(tf.constant(images), tf.constant(labels)) for images, labels in batches]
        network, rate, beta = NETWORKS[spec["network"]], spec["learning_rate"], spec["beta"]

        def step(images, labels):
            with tf.GradientTape() as tape:
                logits = network(Layers(self.params, self.averages), images)
                loss = tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
            for name, gradient in tape.gradient(loss, self.params).items():
                tf.raw_ops.ResourceApplyMomentum(
                    var=self.params[name].handle, accum=self.momenta[name].handle, lr=rate,
                    grad=gradient, momentum=beta)
            return loss
        self.train_step = tf.function(step)
        self.reset()

    def reset(self):
        for name, value in self.initial.items():
            self.params[name].assign(value)
            self.momenta[name].assign(tf.zeros_like(value))
        self.next = 0

    def step(self):
        images, labels = self.batches[self.next]
        self.next = (self.next + 1) % len(self.batches)
        self.last = self.train_step(images, labels)

    def loss(self):
        return float(self.last)


if __name__ == "__main__":
    worker.main(Peer)
