"""Figures of an epoch for TensorBoard. Writing needs TensorFlow only; looking needs TensorBoard."""

from pathlib import Path
from typing import Mapping

import tensorflow as tf
from tensorflow.core.framework import summary_pb2

# What `tf.summary.scalar` writes; that function itself asks for the whole of TensorBoard.
_SCALAR = summary_pb2.SummaryMetadata(
    plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name="scalars"),
    data_class=summary_pb2.DATA_CLASS_SCALAR,
)


def write(folder: Path, step: int, figures: Mapping[str, float]) -> None:
    """Add one step's figures to the event files in a folder."""
    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default(step=step):
        for name, value in figures.items():
            tf.summary.write(name, tf.constant(value, tf.float32), metadata=_SCALAR)
    writer.close()
