"""The networks of networks.cpp, written over the layers of a peer.

`layers` has conv(x, name, stride), batch_norm(x, name), dense(x, name), relu, max_pool, avg_pool,
flatten and global_mean; a layer looks its parameters up by name.
"""


def mlp(layers, x, count):
    for i in range(count):
        x = layers.dense(layers.relu(x) if i else x, f"dense{i}")
    return x


def conv_net(denses):
    def network(layers, x):
        for i in range(2):
            x = layers.batch_norm(layers.conv(x, f"conv{i}", 1), f"norm{i}")
            x = layers.max_pool(layers.relu(x))
        return mlp(layers, layers.flatten(x), denses)
    return network


def flax_mnist(layers, x):
    for i in range(2):
        x = layers.avg_pool(layers.relu(layers.conv(x, f"conv{i}", 1)))
    return mlp(layers, layers.flatten(x), 2)


def resnet20(layers, x):
    numbers = iter(range(100))

    def conv_norm(x, stride=1):
        i = next(numbers)
        return layers.batch_norm(layers.conv(x, f"conv{i}", stride), f"norm{i}")

    x = layers.relu(conv_norm(x))
    for stage in range(3):
        for block in range(3):
            shrinks = stage > 0 and block == 0
            stride = 2 if shrinks else 1
            y = conv_norm(layers.relu(conv_norm(x, stride)))
            if shrinks:
                x = conv_norm(x, stride)
            x = layers.relu(x + y)
    return layers.dense(layers.global_mean(x), "dense0")


NETWORKS = {
    "m1": conv_net(1),
    "m2": conv_net(2),
    "m3": lambda layers, x: mlp(layers, layers.flatten(x), 2),
    "resnet20": resnet20,
    "flax_mnist": flax_mnist,
}
