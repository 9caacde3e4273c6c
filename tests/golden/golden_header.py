"""What the scripts beside this one share: reproducible inputs, and numbers as C++ arrays."""
import numpy as np


def uneven(shape, seed):
    """The float32 numbers of `uneven` in tests/support/values.h."""
    state = seed * 2654435761 % 2**32
    numbers = []
    for _ in range(int(np.prod(shape))):
        state = (state * 1664525 + 1013904223) % 2**32
        numbers.append(np.float32(state >> 8) * np.float32(2.0**-23) - np.float32(1))
    return np.array(numbers, np.float32).reshape(shape)


def emit(name, values):
    """Prints `values` as the array kName, in the shortest digits that name each."""
    array = np.asarray(values)
    is_floating = array.dtype.kind == "f"
    print(f"inline constexpr {'double' if is_floating else 'std::int64_t'} k{name}[] = {{")
    line = "   "
    for value in array.reshape(-1):
        word = repr(float(str(value)) if is_floating else int(value))
        if len(line) + len(word) + 2 > 98:
            print(line)
            line = "   "
        line += f" {word},"
    print(line + "};")
