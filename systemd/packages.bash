# What install.sh and wheelhouse.sh share; sourced by them, from the project's folder.
# shellcheck shell=bash disable=SC2034
python=${PYTHON:-/usr/bin/python3}
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
constraints=()
if [ -e "requirements/pins/device-py$version.txt" ]; then
  constraints=(-c "requirements/pins/device-py$version.txt")
fi
numpy=$("$python" tools/fitting_numpy.py)

# The folder that has bin/nvcc, or nothing where there is no CUDA to compile with. sudo keeps neither
# a PATH nor a CUDA_ROOT, so that the usual place is looked at too. CUDA_ROOT=none: as if there were none.
cuda_root() {
  local nvcc folder
  if [ "${CUDA_ROOT:-}" = none ]; then return; fi
  nvcc=$(command -v nvcc || true)
  for folder in "${CUDA_ROOT:-}" "${nvcc:+$(dirname "$(dirname "$(realpath "$nvcc")")")}" /usr/local/cuda; do
    # A nvcc on the path may be a wrapper that lies elsewhere.
    if [ -n "$folder" ] && [ -x "$folder/bin/nvcc" ] && [ -e "$folder/include/cuda.h" ]; then
      echo "$folder"
      return
    fi
  done
}

# Where CUDA is without its compiler, as in JetPack's images that only run: the sentence that helps.
no_nvcc() {
  local folder
  if [ "${CUDA_ROOT:-}" = none ]; then return; fi
  for folder in "${CUDA_ROOT:-}" /usr/local/cuda; do
    if [ -n "$folder" ] && [ -d "$folder" ]; then
      if [ -x "$folder/bin/nvcc" ]; then folder="$folder/include/cuda.h"; else folder="$folder/bin/nvcc"; fi
      echo "CUDA is here, but not $folder, so pycuda is not compiled and the GPU stays idle;" \
        "what helps: sudo apt-get install cuda-toolkit-10-2 (the one of your JetPack), then the same again"
      return
    fi
  done
}

# usage: pycuda_wheel FOLDER CUDA        compiles it, with pip() of the caller, beside what it needs
# Without isolation: the build would ask for a numpy that has no wheels for the device.
pycuda_wheel() {
  tools/system_packages.sh g++ python3-dev &&
    PATH=$2/bin:$PATH CUDA_ROOT=$2 pip wheel --no-build-isolation --wheel-dir "$1" \
      "${constraints[@]}" -r requirements/cuda.txt
}

# Whether the Debian package has put plantd here: two installations would break each other.
is_packaged() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' plantd 2>/dev/null)" = installed ]
}
