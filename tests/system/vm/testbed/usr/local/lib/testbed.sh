#!/bin/bash
# The chips of a TX2 by gpio-sim: labels and number of lines are what plantd finds them by.
set -euo pipefail
chips=/sys/kernel/config/gpio-sim/tx2
mkdir -p $chips/main/line161 $chips/always-on
echo 192 >$chips/main/num_lines
echo tegra-gpio >$chips/main/label
echo BUTTON >$chips/main/line161/name
echo 64 >$chips/always-on/num_lines
echo tegra-gpio-aon >$chips/always-on/label
echo 1 >$chips/live
# The button hangs between its line and ground; a resistor holds the line high.
echo pull-up >"/sys/devices/platform/$(cat $chips/dev_name)/$(cat $chips/main/chip_name)/sim_gpio161/pull"
udevadm settle
# A picture that stands still would be a camera that hangs.
v4l2-ctl --device=/dev/video0 --set-ctrl=horizontal_movement=5
