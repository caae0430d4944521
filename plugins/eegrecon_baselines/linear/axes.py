"""Rows of numbers that are read in pieces: their mean and deviation, and their principal axes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from eegrecon import Ints, Rows
from eegrecon.preprocessing import chunks
from eegrecon_baselines.linear.spatial import Array

NEGLIGIBLE = 1e-10  # of the strongest direction's squared length; far below every shrinkage and penalty


def moments(view: Rows, group: Ints) -> tuple[Array, Array, Array]:
    """Return the mean, the standard deviation (numbers,), and the mean of each group (groups, numbers), in one pass.

    Args:
        view: (n, numbers).
        group: (n,) from 0; none is empty.
    """
    count, first = np.bincount(group), np.asarray(view[np.arange(1)], np.float64)  # near the mean, as it must be
    sums, squares = np.zeros((len(count), view.shape[1])), np.zeros(view.shape[1])
    for rows, piece in chunks(view):
        about = piece - first
        np.add.at(sums, group[rows], about)
        squares += np.square(about).sum(axis=0)
    mean = sums.sum(axis=0) / len(group)
    deviation = np.sqrt(np.maximum(squares / len(group) - np.square(mean), 0))
    return mean + first[0], deviation, sums / count[:, None] + first


def principal_axes(pieces: Iterable[Array], n: int, numbers: int) -> tuple[Array, Array]:
    """Return the principal axes of rows about zero, as a singular value decomposition has them.

    They are the eigenvectors of the smaller one of the two matrices of products. Of more rows than numbers no row is
    kept, so that memory does not depend on how many there are.

    Args:
        pieces: the rows, in pieces (b, numbers).
        n: their number.
        numbers: in each row.

    Returns:
        Lengths (k,), which are the singular values, and directions (k, numbers) of length 1, without those along which
        there is next to nothing.
    """
    from scipy.linalg.blas import dsyrk

    if n <= numbers:
        rows, end = np.empty((n, numbers)), 0
        for piece in pieces:
            rows[end : end + len(piece)] = piece
            end += len(piece)
        length, of_rows = _lengths(rows @ rows.T)
        return length, (of_rows.T @ rows) / length[:, None]
    product = np.zeros((numbers, numbers), order="F")
    for piece in pieces:
        product = dsyrk(1.0, np.ascontiguousarray(piece).T, beta=1.0, c=product, lower=True, overwrite_c=True)
    length, direction = _lengths(product)
    return length, direction.T


def _lengths(product: Array) -> tuple[Array, Array]:
    """Return the roots (k,) of the eigenvalues that are not negligible, and the eigenvectors (c, k) of (c, c).

    The lower triangle is read, and overwritten.
    """
    from scipy.linalg import eigh

    square, direction = eigh(product, overwrite_a=True, driver="evr")  # the driver that needs the least memory
    kept = int(np.searchsorted(square, NEGLIGIBLE * square[-1], side="right"))
    return np.sqrt(square[kept:]), direction[:, kept:]
