#!/bin/bash
# Builds amgen with XLA on a machine with an NVIDIA GPU, from the source in the working directory: Go in the version of go.mod, a C
# compiler, and the plugin of JAX for CUDA with its libraries. CUDA=12 is for drivers before 580.
set -eu
for program in cc make curl; do
	command -v $program > /dev/null && continue
	sudo apt-get update -qq && sudo apt-get install -y -qq build-essential curl
	break
done
go=$(awk '/^toolchain/ { print $2 }' go.mod)
if [ ! -x ~/go-sdk/"$go"/bin/go ]; then
	mkdir -p ~/go-sdk/"$go"
	curl -fsSL "https://go.dev/dl/$go.linux-$(dpkg --print-architecture).tar.gz" | tar -C ~/go-sdk/"$go" --strip-components=1 -xz
fi
python3 -m venv ~/xla || { sudo apt-get update -qq && sudo apt-get install -y -qq python3-venv && python3 -m venv ~/xla; }
~/xla/bin/pip install -q "jax-cuda${CUDA:-13}-plugin[with-cuda]==0.11.2"
PATH=~/go-sdk/$go/bin:$PATH make build-gpu
