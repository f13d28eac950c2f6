"""Presses the button again and again and writes down, outside the machine, what was answered."""

import time

import machine
import simulated

ANSWERED = "/host/answered"


def main() -> None:
    """Never returns."""
    listening = simulated.Listening(machine.wait_active(), "verdict")
    seq = 0
    while True:
        simulated.press()
        verdict = listening.verdict_after(seq)[1]
        seq = verdict["seq"]
        if verdict["recorded"]:
            with open(ANSWERED, "a") as answered:
                answered.write("{}\n".format(seq))
        simulated.BUTTON.release()
        time.sleep(0.1)


if __name__ == "__main__":
    main()
