"""Linear probes whose penalties val chooses."""

from host.support.blobs import blobs

from plantd_training.networks import probe


def test_val_chooses_the_penalty():
    train, val = blobs(1), blobs(2)
    flags = [(labels == 3).astype(int) for _, labels in (train, val)]
    _, strength, losses = probe.tuned(
        (train[0], flags[0], train[1]), (val[0], flags[1], val[1]), (1e-6, 0.1)
    )
    assert strength == (0.1, 0.1)
    assert losses["species"] < 0.5
