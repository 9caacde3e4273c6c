"""PyTorch. Variants: nchw, channels_last, compile (channels_last under torch.compile)."""
import numpy as np
import torch
import torch.nn.functional as F

import worker
from networks import NETWORKS
from worker import Work, normal

EPSILON, NEW_WEIGHT = 1e-5, 0.01  # of BatchNorm; of a batch in the running averages


class Peer:
    def __init__(self, threads, variant):
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        torch.set_flush_denormal(True)
        self.compiles = variant == "compile"
        if self.compiles and not hasattr(torch, "compile"):
            raise RuntimeError(f"PyTorch {torch.__version__} has no torch.compile")
        self.format = torch.contiguous_format if variant == "nchw" else torch.channels_last
        self.name = f"PyTorch {torch.__version__.split('+')[0]} {variant}"
        self.versions = {"torch": torch.__version__, "numpy": np.__version__}

    def open(self, spec):
        return worker.kind_of(self, spec)(spec)

    def compiled(self, function):
        return torch.compile(function, dynamic=False) if self.compiles else function

    def images(self, nhwc):
        """An array [n, h, w, c] in this variant's layout."""
        return torch.from_numpy(nhwc).permute(0, 3, 1, 2).contiguous(memory_format=self.format)

    def kernel(self, hwio):
        return torch.from_numpy(hwio).permute(3, 2, 0, 1).contiguous(memory_format=self.format)

    def convolution(self, s):
        x = self.images(normal(1, s["batch"], s["size"], s["size"], s["channels"]))
        w = self.kernel(normal(2, s["window"], s["window"], s["channels"], s["features"]))
        y_bar = self.images(normal(3, s["batch"], s["out"], s["out"], s["features"]))
        stride, padding = [s["stride"]] * 2, [s["padding"]] * 2
        if s["direction"] == "forward":
            return no_grad(self.compiled(lambda x, w: F.conv2d(x, w, None, stride, padding)), x, w)
        wanted = [s["direction"] == "input_gradient", s["direction"] == "weight_gradient", False]

        def gradient(y_bar, x, w):
            return torch.ops.aten.convolution_backward(y_bar, x, w, None, stride, padding, [1, 1],
                                                       False, [0, 0], 1, wanted)
        return no_grad(self.compiled(gradient), y_bar, x, w)

    def dense(self, s):
        x = torch.from_numpy(normal(1, s["batch"], s["in"]))
        w = torch.from_numpy(normal(2, s["features"], s["in"]))  # as Linear keeps it
        y_bar = torch.from_numpy(normal(3, s["batch"], s["features"]))
        function = {"forward": lambda: F.linear(x, w), "input_gradient": lambda: y_bar @ w,
                    "weight_gradient": lambda: y_bar.t() @ x}[s["direction"]]
        return no_grad(self.compiled(function))

    def batch_norm(self, s):
        shape = (s["batch"], s["size"], s["size"], s["channels"])
        x, y_bar = self.images(normal(1, *shape)), self.images(normal(3, *shape))
        residual = self.images(normal(2, *shape)) if s["residual"] else None
        scale, bias = torch.ones(s["channels"]), torch.zeros(s["channels"])
        mean, var = torch.zeros(s["channels"]), torch.ones(s["channels"])

        def forward(x, residual, scale, bias):
            y = F.batch_norm(x, mean, var, scale, bias, True, NEW_WEIGHT, EPSILON)
            return F.relu(y if residual is None else y + residual)
        forward = self.compiled(forward)
        if not s["backward"]:
            return no_grad(forward, x, residual, scale, bias)
        leaves = [t.requires_grad_() for t in (x, residual, scale, bias) if t is not None]
        return Work(lambda: torch.autograd.grad(forward(x, residual, scale, bias), leaves, y_bar))

    def training(self, s):
        return Training(self, s, *worker.initial_values(s["initial"]))

    def evaluation(self, s):
        values, batches = worker.initial_values(s["initial"])
        params = {name: converted(self, values, name) for name in values}
        layers = Layers(params, averages_of(values), trains=False)
        network = NETWORKS[s["network"]]
        judge = self.compiled(lambda images: network(layers, images))

        def logits_of(images):
            with torch.inference_mode():
                return judge(images)
        return worker.Evaluation(logits_of, self.batches(batches))

    def batches(self, arrays):
        return [(self.images(images), torch.from_numpy(labels).long())
                for images, labels in arrays]

    def to_accuracy(self, s):
        params, lists = worker.saved(s["initial"])
        return ToAccuracy(self, s, params, lists["orders"], lists["rates"])


def no_grad(function, *arguments):
    def step():
        with torch.no_grad():
            function(*arguments)
    return Work(step)


class Layers:
    def __init__(self, params, averages, trains=True):
        self.p, self.averages, self.trains = params, averages, trains

    def conv(self, x, name, stride):
        w = self.p[name + "/kernel"]
        return F.conv2d(x, w, self.p.get(name + "/bias"), stride, w.shape[-1] // 2)

    def batch_norm(self, x, name):
        return F.batch_norm(x, *self.averages[name], self.p[name + "/scale"],
                            self.p[name + "/bias"], self.trains, NEW_WEIGHT, EPSILON)

    def dense(self, x, name):
        return F.linear(x, self.p[name + "/kernel"], self.p[name + "/bias"])

    def relu(self, x):
        return F.relu(x)

    def max_pool(self, x):
        return F.max_pool2d(x, 2)

    def avg_pool(self, x):
        return F.avg_pool2d(x, 2)

    def flatten(self, x):
        return x.flatten(1)

    def global_mean(self, x):
        return x.mean((2, 3))


def converted(peer, params, name):
    """A parameter in PyTorch's layout. The first dense layer after a convolution gets its rows
    in the order in which flatten gives [c, h, w]."""
    value = params[name]
    if value.ndim == 4:
        return peer.kernel(value)
    if value.ndim == 1:
        return torch.from_numpy(value)
    convs = [key for key in params if key.startswith("conv") and key.endswith("kernel")]
    if name == "dense0/kernel" and convs:
        last = max(convs, key=lambda key: int(key.split("/")[0][len("conv"):]))
        rows, columns = value.shape
        by_pixel = value.reshape(-1, params[last].shape[-1], columns)
        value = by_pixel.transpose(1, 0, 2).reshape(rows, columns)
    return torch.from_numpy(value.T.copy())


def averages_of(values):
    return {name: tuple(map(torch.from_numpy, averages))
            for name, averages in worker.averages_of(values).items()}


class Training:
    """The usual loop: loss, backward, SGD."""

    def __init__(self, peer, spec, params, batches):
        self.initial = {name: converted(peer, params, name) for name in params}
        self.params = {name: value.clone().requires_grad_()
                       for name, value in self.initial.items()}
        self.averages = averages_of(params)
        self.batches = peer.batches(batches)
        network = NETWORKS[spec["network"]]

        def loss_of(params, images, labels):
            return F.cross_entropy(network(Layers(params, self.averages), images), labels)
        self.loss_of = peer.compiled(loss_of)
        self.make_optimizer = lambda: best_sgd(list(self.params.values()), spec)
        self.reset()

    def reset(self):
        with torch.no_grad():
            for name, value in self.initial.items():
                self.params[name].copy_(value)
            for mean, variance in self.averages.values():
                mean.zero_()
                variance.fill_(1)
        self.optimizer = self.make_optimizer()
        self.next = 0

    def step(self):
        images, labels = self.batches[self.next]
        self.next = (self.next + 1) % len(self.batches)
        self.learn(images, labels)

    def learn(self, images, labels):
        self.optimizer.zero_grad(set_to_none=True)
        self.last = self.loss_of(self.params, images, labels)
        self.last.backward()
        self.optimizer.step()

    def loss(self):
        return self.last.item()


class ToAccuracy(Training):
    """A step is a whole training, from the files on; the orders of the images and the rates of the
    steps are ours."""

    def __init__(self, peer, spec, params, orders, rates):
        super().__init__(peer, spec | {"learning_rate": 0}, params, [])
        self.peer, self.spec = peer, spec
        self.epochs = [(torch.from_numpy(order).long(), of_steps.tolist())
                       for order, of_steps in zip(orders, rates)]
        network = NETWORKS[spec["network"]]
        self.judge = peer.compiled(lambda params, images: network(
            Layers(params, self.averages, trains=False), images).argmax(1))

    def examples(self, part):
        images, labels = worker.fashion_mnist(part)
        return self.peer.images(images), torch.from_numpy(labels).long()

    def step(self):
        (images, labels), test = self.examples("train"), self.examples("t10k")
        self.reset()
        size = self.spec["batch"]
        for order, rates in self.epochs:
            for rows, rate in zip(order.split(size), rates):
                self.optimizer.param_groups[0]["lr"] = rate
                self.learn(images[rows], labels[rows])
            reached = self.accuracy(*test)
        if reached < self.spec["accuracy"]:
            raise RuntimeError(f"{len(self.epochs)} epochs led to {reached}")

    def accuracy(self, images, labels):
        with torch.no_grad():
            right = sum((self.judge(self.params, x) == y).sum().item()
                        for x, y in zip(images.split(1000), labels.split(1000)))
        return right / len(labels)


def best_sgd(params, spec):
    """SGD in the fastest form this version has."""
    options = {"lr": spec["learning_rate"], "momentum": spec["beta"]}
    for form in ({"fused": True}, {"foreach": True}):
        try:
            return torch.optim.SGD(params, **options, **form)
        except (TypeError, RuntimeError):
            continue
    return torch.optim.SGD(params, **options)


if __name__ == "__main__":
    worker.main(Peer)
