#!/bin/bash
# Runs as root inside after each boot. /host/plan has a line a boot: which checks, and what ends it.
# What they say goes to /host/log, their counts to /host/CHECKS.xml.
boots=$(($(cat /host/boots 2>/dev/null || echo 0) + 1))
echo $boots >/host/boots
read -r checks end _ < <(sed -n "${boots}p" /host/plan)
exec >>/host/log 2>&1
export PYTHONPATH=/host:/host/pytest:/src/tests PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
python=/opt/plantd/venv/bin/python3

echo "== boot $boots, $(cut -d' ' -f1 /proc/uptime) s after the kernel's start: $checks"
if [ "$checks" = contract ]; then
  cd /src || exit 1
  $python -m pytest -p no:cacheprovider -v --tb=short -o pythonpath= \
    --junitxml=/host/contract.xml tests/contract/test_button_contract.py tests/contract/test_light_contract.py \
    tests/unit/plantd/gpio/test_gpio_lines.py tests/unit/plantd/button/test_input_device.py
  echo "== doctor looks at the line live"
  PYTHONPATH=$PYTHONPATH:/src/tools $python -m pytest -p no:cacheprovider -v --tb=short -o pythonpath= \
    --junitxml=/host/live.xml tests/system/test_doctor_live.py -k gpio_sim
  checks="record disk"
fi
cd /host || exit 1
for check in $checks; do
  $python -m pytest -p no:cacheprovider -W error -v -s --tb=short -o python_files='check_*.py' \
    --rootdir=/host "--junitxml=/host/$check.xml" "check_$check.py" ||
    journalctl --no-pager -b -u plantd -u plantd-root -u testbed -u 'plantd-stick@*' | tail -80
done

case $end in
  reboot) systemctl reboot ;;
  cut)
    echo "== the button is pressed again and again until the power is cut"
    : >/host/answered
    $python press_until_the_end.py &
    for _ in $(seq 3000); do
      if [ "$(wc -l </host/answered)" -ge 5 ]; then break; fi
      sleep 0.1
    done
    sleep "0.$((RANDOM % 10))"
    touch /host/cut-power
    ;;
  held)
    echo "== the button is held: a safe shutdown"
    touch /host/still-on
    $python -c 'import simulated; simulated.BUTTON.press()'
    # Ended by the shutdown that it waits for, and not by the one that it asks for itself.
    trap 'rm -f /host/still-on; exit 0' TERM
    for _ in $(seq 1500); do sleep 0.2; done
    trap '' TERM
    systemctl poweroff
    ;;
  off) systemctl poweroff ;;
esac
