"""The card as plantd.engine.gpu drives it: real memory, a real kernel, a real fault. No TensorRT.

The kernel is PTX, which the driver itself compiles for the GPU that is there: no nvcc is needed.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from plantd.engine import gpu
from plantd.engine.gpu import Buffer, Card

pytestmark = pytest.mark.device

SHAPE = (1, 3, 224, 224)
THREADS = 256
# Doubles `count` floats in place. 6.0 and sm_50: every GPU since 2014, by CUDA 9 and later.
DOUBLE = b"""
.version 6.0
.target sm_50
.address_size 64
.visible .entry twice(.param .u64 address, .param .u32 count)
{
    .reg .pred %outside;
    .reg .u32 %index, %count, %block, %threads;
    .reg .u64 %at, %offset;
    .reg .f32 %value;
    ld.param.u64 %at, [address];
    ld.param.u32 %count, [count];
    mov.u32 %block, %ctaid.x;
    mov.u32 %threads, %ntid.x;
    mov.u32 %index, %tid.x;
    mad.lo.u32 %index, %block, %threads, %index;
    setp.ge.u32 %outside, %index, %count;
    @%outside bra done;
    mul.wide.u32 %offset, %index, 4;
    add.u64 %at, %at, %offset;
    ld.f32 %value, [%at];
    add.f32 %value, %value, %value;
    st.f32 [%at], %value;
done:
    ret;
}
"""
# In a process of its own: a kernel that reads where nothing is breaks the process's context.
FAULT = """
import logging, sys
sys.path.insert(0, sys.argv[1])
import test_device_gpu as here
from plantd.engine import gpu
logging.basicConfig(stream=sys.stdout, format="%(message)s")
card = gpu.Card(gpu.driver())
card.open()
buffer = card.buffer(here.SHAPE, False)
here.double(gpu.driver(), card, 16, 1)
try:
    card.wait()
except card.error as error:
    print("wait:", error)
try:
    buffer.upload(card.stream)
    card.wait()
except card.error as error:
    print("next:", error)
card.close()
card.close()
print("closed")
"""


def double(cuda, card: Card, address: int, count: int) -> None:
    """Enqueue the kernel on the card's stream."""
    kernel = cuda.module_from_buffer(DOUBLE).get_function("twice")
    blocks = (count + THREADS - 1) // THREADS
    kernel(
        np.uint64(address),
        np.uint32(count),
        block=(THREADS, 1, 1),
        grid=(blocks, 1),
        stream=card.stream,
    )


def doubled_on(card: Card, cuda, values: np.ndarray) -> np.ndarray:
    """Return the values doubled by the GPU."""
    buffer = card.buffer(SHAPE, False)
    np.copyto(buffer.host, values)
    buffer.upload(card.stream)
    double(cuda, card, buffer.address, values.size)
    buffer.download(card.stream)
    card.wait()
    return buffer.host.copy()


def in_a_thread(call):
    """Return what a call returns in a thread of its own; raise what it raises."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(call).result(60.0)


@pytest.fixture(scope="module")
def cuda():
    return gpu.driver()


@pytest.fixture
def card(cuda):
    opened = Card(cuda)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(params=[False, True], ids=["copied", "zero_copy"])
def buffer(request, card) -> Buffer:
    return card.buffer(SHAPE, request.param)


@pytest.fixture
def values() -> np.ndarray:
    return np.random.RandomState(7).standard_normal(SHAPE).astype(np.float32)


def test_the_facts_are_a_name_a_compute_capability_and_a_cuda_version(cuda):
    facts = gpu.facts(cuda)
    print(facts)
    assert facts.name.strip()
    assert re.match(r"\d+\.\d$", facts.sm)
    assert re.match(r"\d+\.\d+$", facts.cuda)


def test_asking_for_the_facts_makes_no_context(cuda):
    def ask() -> str:
        gpu.facts(cuda)
        try:
            cuda.Stream()
        except cuda.Error as error:
            return str(error)
        return "a context is there"

    assert "invalid device context" in in_a_thread(ask)


def test_the_cpu_side_is_float32_of_the_shape_and_can_be_written(buffer):
    assert (buffer.host.shape, buffer.host.dtype) == (SHAPE, np.float32)
    assert buffer.host.flags.writeable
    assert buffer.host.flags.c_contiguous


def test_copied_values_come_back_from_the_gpu_as_they_went(card, values):
    buffer = card.buffer(SHAPE, False)
    np.copyto(buffer.host, values)
    buffer.upload(card.stream)
    card.wait()
    buffer.host.fill(0.0)
    buffer.download(card.stream)
    card.wait()
    np.testing.assert_array_equal(buffer.host, values)


def test_another_buffer_of_the_gpu_reads_the_same_values_at_the_address(cuda, card, buffer, values):
    other = card.buffer(SHAPE, False)
    np.copyto(buffer.host, values)
    buffer.upload(card.stream)
    cuda.memcpy_dtoh_async(other.host, buffer.address, card.stream)
    card.wait()
    np.testing.assert_array_equal(other.host, values)


def test_a_kernel_reads_and_writes_what_the_cpu_sees(cuda, card, buffer, values):
    np.copyto(buffer.host, values)
    buffer.upload(card.stream)
    double(cuda, card, buffer.address, values.size)
    buffer.download(card.stream)
    card.wait()
    np.testing.assert_array_equal(buffer.host, values + values)


def test_a_thread_that_did_not_open_the_card_is_refused(card):
    def ask() -> str:
        try:
            card.buffer((1, 2), False)
        except card.error as error:
            return str(error)
        return "it was served"

    assert "invalid device context" in in_a_thread(ask)


def test_one_card_after_the_other_works_each_in_its_thread(cuda, values):
    def one_life() -> np.ndarray:
        card = Card(cuda)
        card.open()
        doubled = doubled_on(card, cuda, values)
        card.close()
        card.close()
        return doubled

    for _ in range(3):
        np.testing.assert_array_equal(in_a_thread(one_life), values + values)


def test_close_frees_without_a_word(cuda, caplog):
    card = Card(cuda)
    card.open()
    card.buffer(SHAPE, False)
    card.buffer(SHAPE, True)
    card.close()
    assert caplog.text == ""


def test_more_memory_than_there_is_is_refused_and_the_card_lives_on(cuda, card, values):
    with pytest.raises(cuda.Error):
        card.buffer((1 << 40,), False)
    np.testing.assert_array_equal(doubled_on(card, cuda, values), values + values)


def test_after_a_fault_every_call_fails_and_close_still_ends():
    done = subprocess.run(
        [sys.executable, "-c", FAULT, os.path.dirname(os.path.abspath(__file__))],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(path for path in sys.path if path)),
        timeout=60,
    )
    told = done.stdout.decode("utf-8", "replace")
    print(told)
    assert "wait: " in told
    assert "next: " in told
    assert "closed" in told
    assert done.returncode == 0
