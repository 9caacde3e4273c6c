"""JAX: jax.jit on the CPU, channels last; the step gives its arguments' memory to its results."""
import jax
import jax.numpy as jnp
import jaxlib
import numpy as np
from jax import lax

import worker
from networks import NETWORKS
from worker import Work, normal

EPSILON, OLD_WEIGHT = 1e-5, 0.99  # of BatchNorm; of the old running averages
NHWC = ("NHWC", "HWIO", "NHWC")


class Peer(worker.ChannelsLast):
    def __init__(self, threads, variant):  # it has a thread for each core it is pinned to
        self.name = f"JAX {jax.__version__} jit"
        self.conv, self.matmul, self.directed = conv, jnp.matmul, directed
        self.versions = {"jax": jax.__version__, "jaxlib": jaxlib.__version__,
                         "numpy": np.__version__}
        jax.devices("cpu")

    def batch_norm(self, s):
        shape = (s["batch"], s["size"], s["size"], s["channels"])
        zeros, ones = np.zeros(s["channels"], np.float32), np.ones(s["channels"], np.float32)
        inputs = {"x": normal(1, *shape), "scale": ones, "bias": zeros}
        if s["residual"]:
            inputs["residual"] = normal(2, *shape)

        def forward(inputs, averages):
            y, averages = batch_norm(inputs["x"], inputs["scale"], inputs["bias"], averages)
            return jax.nn.relu(y + inputs["residual"] if s["residual"] else y), averages

        def both(inputs, averages, y_bar):
            y, pullback, averages = jax.vjp(lambda i: forward(i, averages), inputs, has_aux=True)
            return y, averages, pullback(y_bar)
        if not s["backward"]:
            return jitted(forward, inputs, (zeros, ones))
        return jitted(both, inputs, (zeros, ones), normal(3, *shape))

    def training(self, s):
        return Training(s)

    def evaluation(self, s):
        values, batches = worker.initial_values(s["initial"])
        values, averages = jax.device_put((values, worker.averages_of(values)))
        network = NETWORKS[s["network"]]
        judge = jax.jit(lambda values, averages, images: network(
            Layers(values, averages, trains=False), images))
        return worker.Evaluation(
            lambda images: jax.block_until_ready(judge(values, averages, images)),
            [jax.device_put(batch) for batch in batches])


def conv(x, w, stride, padding):
    return lax.conv_general_dilated(x, w, (stride, stride), [(padding, padding)] * 2,
                                    dimension_numbers=NHWC)


def batch_norm(x, scale, bias, averages):
    mean, var = jnp.mean(x, (0, 1, 2)), jnp.var(x, (0, 1, 2))
    averages = [OLD_WEIGHT * old + (1 - OLD_WEIGHT) * new
                for old, new in zip(averages, (mean, var))]
    return normalize(x, mean, var, scale, bias), averages


def normalize(x, mean, var, scale, bias):
    return (x - mean) * (lax.rsqrt(var + EPSILON) * scale) + bias


def jitted(function, *arguments):
    function = jax.jit(function)
    arguments = jax.device_put(arguments)
    return Work(lambda: jax.block_until_ready(function(*arguments)))


def directed(f, spec, x, w, y_bar):
    """A function (x, w) -> y in one of three directions; jit leaves out what is not needed."""
    if spec["direction"] == "forward":
        return jitted(f, x, w)
    i = ["input_gradient", "weight_gradient"].index(spec["direction"])
    return jitted(lambda x, w, y_bar: jax.vjp(f, x, w)[1](y_bar)[i], x, w, y_bar)


class Layers:
    def __init__(self, params, averages, trains=True):
        self.p, self.averages, self.trains, self.updated = params, averages, trains, {}

    def conv(self, x, name, stride):
        w = self.p[name + "/kernel"]
        y = conv(x, w, stride, w.shape[0] // 2)
        return y + self.p[name + "/bias"] if name + "/bias" in self.p else y

    def batch_norm(self, x, name):
        scale, bias = self.p[name + "/scale"], self.p[name + "/bias"]
        if not self.trains:
            return normalize(x, *self.averages[name], scale, bias)
        y, self.updated[name] = batch_norm(x, scale, bias, self.averages[name])
        return y

    def dense(self, x, name):
        return x @ self.p[name + "/kernel"] + self.p[name + "/bias"]

    def relu(self, x):
        return jax.nn.relu(x)

    def max_pool(self, x):
        return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    def avg_pool(self, x):
        return lax.reduce_window(x, 0.0, lax.add, (1, 2, 2, 1), (1, 2, 2, 1), "VALID") / 4

    def flatten(self, x):
        return x.reshape(len(x), -1)

    def global_mean(self, x):
        return x.mean((1, 2))


class Training:
    def __init__(self, spec):
        params, batches = worker.initial_values(spec["initial"])
        averages = {name: list(pair) for name, pair in worker.averages_of(params).items()}
        momenta = {name: np.zeros_like(value) for name, value in params.items()}
        self.initial = (params, momenta, averages)
        self.batches = [jax.device_put(batch) for batch in batches]
        network, rate, beta = NETWORKS[spec["network"]], spec["learning_rate"], spec["beta"]

        def step(state, images, labels):
            params, momenta, averages = state

            def loss_of(params):
                layers = Layers(params, averages)
                chances = jax.nn.log_softmax(network(layers, images))
                return -jnp.take_along_axis(chances, labels[:, None], 1).mean(), layers.updated
            (loss, averages), gradients = jax.value_and_grad(loss_of, has_aux=True)(params)
            momenta = {name: beta * momenta[name] + gradients[name] for name in momenta}
            params = {name: params[name] - rate * momenta[name] for name in params}
            return (params, momenta, averages), loss
        self.train_step = jax.jit(step, donate_argnums=0)
        self.reset()

    def reset(self):
        # A copy: a donated buffer may otherwise be the NumPy array's own.
        self.state = jax.tree.map(lambda array: jnp.array(array, copy=True), self.initial)
        self.next = 0

    def step(self):
        images, labels = self.batches[self.next]
        self.next = (self.next + 1) % len(self.batches)
        self.state, self.last = jax.block_until_ready(self.train_step(self.state, images, labels))

    def loss(self):
        return float(self.last)


if __name__ == "__main__":
    worker.main(Peer)
