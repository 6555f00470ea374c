# `make` builds, `make help` lists all targets. `make demo` sets up and runs the main job; `make test` passes the tests. Both need Go alone.
GO        ?= go
export CGO_ENABLED ?= 0
DEMO_STEPS ?= 3000
PIP_VENV  ?= .venv
PLUGIN    := $(PIP_VENV)/pjrt
# make bench-compare: the reference programs, where they aren't to be installed into $(PIP_VENV), and flags of
# internal/peers, such as -presets tiny -rounds 2
PYTHON_TORCH     ?= python3
PYTHON_TORCH_NEW ?=
PYTHON_JAX       ?=
PEERS_FLAGS      ?=

# what `amgen version` prints, where git is at hand; without it the binary has the commit that Go records, if any
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS  := -s -w -X github.com/amgen/amgen/internal/version.described=$(VERSION)

.DEFAULT_GOAL := build
.PHONY: help build release release-share build-gpu gpu-kit bench-gpu vet-xla demo test test-platforms torture test-purego test-levels test-gomlx test-arm64 race test-xla test-slurm test-k8s test-skypilot lint generate check-generate fuzz bench bench-compare bench-gomlx bench-growth bench-roof bench-science bench-serve golden golden-check test-browser test-python lenet models models-sums clean

help: ## the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## static binary bin/amgen
	$(GO) build -trimpath -ldflags='$(LDFLAGS)' -o bin/amgen ./cmd/amgen

RELEASES ?= linux-amd64 linux-arm64 darwin-arm64 windows-amd64
release: $(RELEASES:%=release-%) release-share ## dist/: static binaries for Linux, macOS and Windows, man pages and completions, their SHA256SUMS
	cd dist && sha256sum amgen-* > SHA256SUMS

# the time of the commit, so that the archive is the same wherever it is packed
release-share: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
release-share: build ## dist/amgen-share.tar.gz: man pages, and completions for bash, zsh and fish
	rm -rf dist/share && mkdir -p dist/share/bash-completion/completions dist/share/zsh/site-functions dist/share/fish/vendor_completions.d
	bin/amgen man dist/share/man/man1
	bin/amgen completion bash > dist/share/bash-completion/completions/amgen
	bin/amgen completion zsh > dist/share/zsh/site-functions/_amgen
	bin/amgen completion fish > dist/share/fish/vendor_completions.d/amgen.fish
	tar -C dist --sort=name --mtime=@$(SOURCE_DATE_EPOCH) --owner=0 --group=0 --numeric-owner -cf - share | gzip -n > dist/amgen-share.tar.gz
	rm -rf dist/share

release-%:
	mkdir -p dist
	GOOS=$(firstword $(subst -, ,$*)) GOARCH=$(lastword $(subst -, ,$*)) \
		$(GO) build -trimpath -ldflags='$(LDFLAGS)' -o dist/amgen-$*$(if $(findstring windows,$*),.exe) ./cmd/amgen

build-gpu: ## bin/amgen with XLA, for NVIDIA GPUs too (needs a C compiler; docs/reference/backends.md)
	CGO_ENABLED=1 $(GO) build -tags xla -trimpath -ldflags='$(LDFLAGS)' -o bin/amgen ./cmd/amgen

gpu-kit: ## bin/gpu.tar.gz: all that internal/peers/gpu/run.sh needs on a machine with a GPU and without Go
	mkdir -p bin/gpu/source/internal/autodiff bin/gpu/source/internal/cli
	CGO_ENABLED=1 $(GO) build -tags xla -trimpath -ldflags='$(LDFLAGS)' -o bin/gpu/amgen ./cmd/amgen
	CGO_ENABLED=1 $(GO) test -tags xla -trimpath -ldflags='$(LDFLAGS)' -c -o bin/gpu/autodiff.test ./internal/autodiff
	CGO_ENABLED=1 $(GO) test -tags xla -trimpath -ldflags='$(LDFLAGS)' -c -o bin/gpu/cli.test ./internal/cli
	cp internal/peers/gpu/run.sh internal/peers/gpu/summary.py internal/peers/torch_am_unet.py internal/peers/jax_am_unet.py bin/gpu
	tar -C bin -czf bin/gpu.tar.gz gpu

bench-gpu: gpu-kit ## the kit here: gradients and training on the GPU, a step beside PyTorch's and JAX's
	bin/gpu/run.sh

vet-xla: ## the whole tree with XLA in it, where there is a C compiler
	@command -v cc >/dev/null || { echo "vet-xla: skipped, needs a C compiler"; exit 0; }; set -x; \
	CGO_ENABLED=1 $(GO) vet -tags xla ./... && CGO_ENABLED=1 $(GO) build -tags xla -o /dev/null ./cmd/amgen

demo: build ## real MNIST, the preset mnist-small with classes, demo/grid.png
	mkdir -p demo
	bin/amgen train --dataset mnist --preset mnist-small --classes --steps $(DEMO_STEPS) --seed 1 --out demo/run --overwrite
	bin/amgen sample --run demo/run -n 100 --class 0-9 --guidance 1 --seed 1 -o demo/grid.png
	@echo "demo: wrote demo/grid.png"

test: ## everything that needs no network beyond Go modules
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@$(MAKE) --no-print-directory vet-xla
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "gofmt: run gofmt -w on the files above"; exit 1; }
	@$(MAKE) --no-print-directory test-platforms
	$(GO) test -timeout 45m ./...
	cd backends/simd/internal/asmgen && $(GO) vet ./... && $(GO) test ./...

# The vet checks the assembly against its declarations. Tests are left out, since many are of Unix.
PLATFORMS ?= darwin/arm64 linux/arm64 windows/amd64
test-platforms: ## the whole tree built for the other systems and processors, by Go alone
	@set -ex; for p in $(PLATFORMS); do \
		export GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0; $(GO) build ./...; $(GO) vet ./backends/...; done

# the moments are random, of this seed; they fall elsewhere on a machine of another speed
TORTURE_KILLS ?= 200
TORTURE_SEED  ?= 1
torture: ## kills, full disks and all that docs/reference/promises.md promises: minutes
	$(GO) test ./internal/torture -count=1 -v -timeout 1h -kills $(TORTURE_KILLS) -seed $(TORTURE_SEED) -resume.all
	$(GO) test ./weights ./imaging ./internal/npy ./internal/hdf5 ./internal/anndata ./internal/fetch ./eval -count=1 -v -timeout 1h -run 'Damaged|Hostile' -damage.all

test-purego: ## the same without assembly
	$(GO) test -tags purego ./backends/... ./internal/autodiff/... ./eval

QEMU_ARM64 ?= $(firstword $(shell command -v qemu-aarch64-static qemu-aarch64 2>/dev/null))
test-arm64: ## the engine on arm64, by qemu's emulation of a processor
	@test -n "$(QEMU_ARM64)" || { echo "test-arm64: skipped, needs qemu-aarch64 or qemu-aarch64-static"; exit 0; }; set -x; \
	export GOOS=linux GOARCH=arm64 CGO_ENABLED=0; \
	$(GO) vet ./backends/... && \
	$(GO) test -exec $(QEMU_ARM64) ./backends/simd/internal/kernels ./backends/simd/internal/arrays ./backends/simd/matmul && \
	$(GO) test -exec $(QEMU_ARM64) ./backends/simd/internal/gemm ./backends/simd/internal/conv -rapid.checks=100 && \
	$(GO) test -exec $(QEMU_ARM64) ./backends/simd -run 'StepAtEachLevel|WinogradOption|SameBits'

test-levels: ## the engine as on processors without AVX-512, and without AVX2
	GODEBUG=cpu.avx512f=off $(GO) test -count=1 ./backends/... ./internal/autodiff/...
	GODEBUG=cpu.avx2=off $(GO) test -count=1 ./backends/... ./internal/autodiff/...

# Of GoMLX 0.26's 186 tests 3 need several devices, and 2 want the rounding errors of XLA.
GOMLX_LEAST ?= 181
GOMLX_FLAGS ?=
test-gomlx: ## GoMLX's own tests of graphs and layers on the engine; GOMLX_FLAGS="-lines 20" prints why one fails
	$(GO) run ./internal/gomlxtests -least $(GOMLX_LEAST) $(GOMLX_FLAGS)

race: ## the packages that use goroutines, under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -timeout 30m ./backends/simd/... ./imaging/... ./weights/... ./flows/... ./eval ./run/...

test-xla: ## the property tests, the gradient rules and a tiny step against XLA on the CPU
	@command -v cc >/dev/null && command -v python3 >/dev/null || { echo "test-xla: skipped, needs a C compiler and python3 with pip"; exit 0; }; \
	test -e $(PLUGIN)/pjrt_c_api_cpu_plugin.so || { \
		python3 -m venv $(PIP_VENV) && $(PIP_VENV)/bin/pip install -q xla-cpu-pjrt==0.0.1 && mkdir -p $(PLUGIN) && \
		ln -sf "$$(realpath "$$(find $(PIP_VENV) -name xla_cpu_pjrt.so | head -1)")" $(PLUGIN)/pjrt_c_api_cpu_plugin.so ; } || \
		{ echo "test-xla: skipped, pip could not install xla-cpu-pjrt==0.0.1"; exit 0; }; \
	CGO_ENABLED=1 GOMLX_NO_AUTO_INSTALL=1 PJRT_PLUGIN_LIBRARY_PATH=$(abspath $(PLUGIN)) \
		$(GO) test -tags xla -timeout 30m ./backends/... ./internal/autodiff/... ./unet/... ./flows/... ./internal/cli/...

test-slurm: ## the scripts of cloud/slurm on a SLURM of one node, started for it; says what to install where there is none
	@$(GO) test -count=1 -timeout 15m -v ./cloud/slurm -slurm

test-k8s: ## the manifests of cloud/k8s decoded into Kubernetes' types, and run; needs the Go modules of cloud/k8s
	cd cloud/k8s && $(GO) vet ./... && $(GO) test -count=1 ./...

test-skypilot: build ## the tasks of cloud/skypilot, read by SkyPilot's parser and run here in miniature
	@command -v python3 >/dev/null || { echo "test-skypilot: skipped, needs python3 with pip"; exit 0; }; \
	test -e $(PIP_VENV)/skypilot/ready || { \
		python3 -m venv $(PIP_VENV)/skypilot && $(PIP_VENV)/skypilot/bin/pip install -q -r cloud/skypilot/requirements.txt && touch $(PIP_VENV)/skypilot/ready ; } || \
		{ echo "test-skypilot: skipped, pip could not install cloud/skypilot/requirements.txt"; exit 0; }; \
	$(PIP_VENV)/skypilot/bin/python cloud/skypilot/check.py bin/amgen

BROWSER_FLAGS ?=
test-browser: ## the pages of amgen serve in Debian's chromium; BROWSER_FLAGS="-shots DIR" keeps pictures of them
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { echo "test-browser: skipped, needs chromium"; exit 0; }; set -x; \
	cd internal/browsertest && $(GO) vet ./... && $(GO) test -count=1 -v . $(BROWSER_FLAGS)

lint: vet-xla ## go vet and staticcheck, with XLA too
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@command -v cc >/dev/null || exit 0; CGO_ENABLED=1 $(GO) tool staticcheck -tags xla ./...

generate: ## write the assembly again
	$(GO) generate ./backends/simd/internal/kernels

check-generate: generate ## fails where generated code is stale
	git diff --exit-code -- backends/simd/internal/kernels

FUZZTIME ?= 60s
fuzz: ## each parser of a stranger's file, a minute each, or FUZZTIME
	@for p in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$p 2>/dev/null | grep '^Fuzz'); do \
			echo "== $$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$p || exit 1; done; done

bench: ## Go benchmarks, readable by benchstat
	$(GO) test -run '^$$' -bench . -benchtime 1s ./backends/simd/... ./unet/... ./flows/... ./eval

bench-compare: build ## amgen beside PyTorch, JAX, XLA and OpenBLAS, whichever are here; PEERS_TORCH=1 also fetches a current PyTorch
	@if command -v cc >/dev/null; then \
		cc -O2 -o bin/sgemm internal/peers/openblas/sgemm.c -lopenblas -lpthread || echo "bench-compare: no OpenBLAS"; fi
	@if test -z "$(PYTHON_JAX)" && command -v python3 >/dev/null && ! test -e $(PIP_VENV)/jax/bin/python; then \
		python3 -m venv $(PIP_VENV)/jax && $(PIP_VENV)/jax/bin/pip install -q jax || echo "bench-compare: no JAX"; fi
	@if test -n "$(PEERS_TORCH)" && ! test -e $(PIP_VENV)/torch/bin/python; then \
		python3 -m venv $(PIP_VENV)/torch && $(PIP_VENV)/torch/bin/pip install -q torch numpy || echo "bench-compare: no current PyTorch"; fi
	@if test -e $(PLUGIN)/pjrt_c_api_cpu_plugin.so; then \
		CGO_ENABLED=1 $(GO) build -tags xla -o bin/amgen-xla ./cmd/amgen || echo "bench-compare: no XLA"; \
		else echo "bench-compare: no XLA; make test-xla installs its plugin"; fi
	@flags=; \
	has() { test -x "$$2" && flags="$$flags $$1 $$2"; }; \
	has -openblas bin/sgemm; \
	has -amgen-xla bin/amgen-xla; \
	torch=$$(command -v "$(PYTHON_TORCH)") && "$$torch" -c 'import torch' 2>/dev/null && has -python-torch "$$torch"; \
	has -python-torch-new "$(or $(PYTHON_TORCH_NEW),$(PIP_VENV)/torch/bin/python)"; \
	has -python-jax "$(or $(PYTHON_JAX),$(PIP_VENV)/jax/bin/python)"; \
	GOMLX_NO_AUTO_INSTALL=1 PJRT_PLUGIN_LIBRARY_PATH=$(abspath $(PLUGIN)) $(GO) run ./internal/peers $$flags $(PEERS_FLAGS)

bench-gomlx: ## simd on a network of GoMLX's examples, beside GoMLX's own backend, XLA and PyTorch, whichever are here
	@tags=; cgo=0; if test -e $(PLUGIN)/pjrt_c_api_cpu_plugin.so && command -v cc >/dev/null; then tags="-tags xla"; cgo=1; \
		else echo "bench-gomlx: no XLA; make test-xla installs its plugin"; fi; \
	CGO_ENABLED=$$cgo $(GO) build $$tags -o bin/bench-gomlx ./internal/peers/gomlx || exit 1; \
	python="$(or $(PYTHON_TORCH_NEW),$(wildcard $(PIP_VENV)/torch/bin/python))"; \
	for normalised in true false; do \
		GOMLX_NO_AUTO_INSTALL=1 PJRT_PLUGIN_LIBRARY_PATH=$(abspath $(PLUGIN)) bin/bench-gomlx -normalised=$$normalised \
			$${python:+-python-torch "$$python"} $(BENCH_FLAGS) || exit 1; done

bench-growth: ## time and memory of a training step by batch, image side, width and depth: bin/growth.png
	mkdir -p bin && $(GO) build -o bin/bench-growth ./internal/peers/growth && bin/bench-growth -o bin/growth.png $(BENCH_FLAGS)

bench-roof: ## the limits of this machine: each level of the memory, and large products, by one core and by all
	@$(GO) run ./internal/peers/roof $(BENCH_FLAGS)

bench-science: ## methods on snapshots beside baselines; DATA=DIR has the files, SEEDS=5 STEPS=6000, RECORD=FILE is gone on with
	$(GO) run ./internal/sciencebench -data "$(DATA)" -seeds $(or $(SEEDS),5) -steps $(or $(STEPS),6000) -record "$(RECORD)" $(BENCH_FLAGS)

bench-serve: build ## the step time of training alone and beside an open page of amgen serve, in turns
	$(GO) run ./internal/servebench $(BENCH_FLAGS)

golden: ## write the golden files of the tests and the table of ops again
	$(GO) test ./imaging -run Golden -update
	$(GO) test ./backends/simd -run OpsTable -update

GOLDEN := $(PIP_VENV)/golden
golden-check: build ## the golden values of package eval by the implementations of others, from pip; .h5ad by anndata
	@command -v python3 >/dev/null || { echo "golden-check: skipped, needs python3 with pip"; exit 0; }; \
	test -e $(GOLDEN)/ready || { \
		python3 -m venv --system-site-packages $(GOLDEN) && $(GOLDEN)/bin/pip install -q -r eval/testdata/requirements.txt && touch $(GOLDEN)/ready ; } || \
		{ echo "golden-check: skipped, pip could not install eval/testdata/requirements.txt"; exit 0; }; \
	$(GOLDEN)/bin/python eval/testdata/golden.py --check eval/testdata/golden.json && \
	$(GOLDEN)/bin/python eval/testdata/resize.py --check && $(GOLDEN)/bin/python eval/testdata/inception.py --check && \
	$(GOLDEN)/bin/python eval/testdata/efficientnet.py --check && \
	$(GOLDEN)/bin/python eval/testdata/statistics.py --check bin/amgen && \
	AMGEN_TEST_PYTHON=$(abspath $(GOLDEN))/bin/python $(GO) test -count=1 -v ./internal/anndata -run WriteForAnndata

test-python: build ## python/amgen_torch.py beside amgen: the same images, files both ways; TensorBoard reads a run
	@command -v python3 >/dev/null || { echo "test-python: skipped, needs python3 with pip"; exit 0; }; \
	test -e $(PIP_VENV)/torch/ready || { \
		python3 -m venv $(PIP_VENV)/torch && $(PIP_VENV)/torch/bin/pip install -q -r python/requirements.txt && touch $(PIP_VENV)/torch/ready ; } || \
		{ echo "test-python: skipped, pip could not install python/requirements.txt"; exit 0; }; \
	$(PIP_VENV)/torch/bin/python python/test_amgen_torch.py bin/amgen && \
	$(PIP_VENV)/torch/bin/python python/test_tensorboard.py bin/amgen

lenet: ## train the embedded classifiers again: minutes, and the same bits on the same machine
	$(GO) run ./eval/lenet/train -dataset mnist -o eval/lenet/mnist.safetensors
	$(GO) run ./eval/lenet/train -dataset fashion-mnist -o eval/lenet/fashion-mnist.safetensors

# The models that ship with amgen, and how each is trained and evaluated; `amgen models list` has the minutes that it
# took. The same machine makes the same bits. Runs are in models/runs, and one that was stopped goes on where it was.
MODELS              ?= mnist fashion-mnist
MODEL_mnist         ?= --dataset mnist --preset mnist-small --classes --steps 20000 --ema 0.999 --seed 1
MODEL_fashion-mnist ?= --dataset fashion-mnist --preset mnist-small --classes --steps 58000 --ema 0.999 --seed 1
MODEL_cifar10       ?= --dataset cifar10 --preset cifar10-small --classes --seed 1
MODEL_FID           ?= -n 10000
MODEL_FID_cifar10   ?= -n 2000 --features efficientnet-lite0
MODEL_HARDWARE      ?= two cores of a Xeon with AVX-512
MODEL_LICENCE       ?= Apache-2.0

models: $(MODELS:%=model-%) ## train the models that ship with amgen again, or go on; MODELS="mnist" for one
	@$(MAKE) --no-print-directory models-sums

model-%: build
	mkdir -p models/runs
	bin/amgen train --resume $(MODEL_$*) --sample-every 0 --out models/runs/$*
	bin/amgen eval fid --run models/runs/$* $(or $(MODEL_FID_$*),$(MODEL_FID))
	bin/amgen models pack models/runs/$* --hardware "$(MODEL_HARDWARE)" --licence "$(MODEL_LICENCE)" -o models/$*.safetensors

models-sums: ## models/SHA256SUMS of the models that are there, without which they are refused
	cd models && sha256sum *.safetensors > SHA256SUMS

clean: ## remove bin and demo
	rm -rf bin demo
