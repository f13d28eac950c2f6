#!/bin/bash
# Two GPIO chips with the labels and line counts of a Jetson TX2, a camera, and uinput.
set -e
modprobe -a gpio-sim uinput evdev
modprobe vivid n_devs=1 node_types=0x1 input_types=0
grep -q ' /sys/kernel/config ' /proc/mounts || mount -t configfs configfs /sys/kernel/config
board=/sys/kernel/config/gpio-sim/board
mkdir -p $board/main $board/aon
echo 192 >$board/main/num_lines
echo tegra-gpio >$board/main/label
echo 64 >$board/aon/num_lines
echo tegra-gpio-aon >$board/aon/label
echo 1 >$board/live
# The button is active low: released, its resistor pulls the line up.
echo pull-up >/sys/devices/platform/"$(cat $board/dev_name)"/"$(cat $board/main/chip_name)"/sim_gpio161/pull
udevadm settle
