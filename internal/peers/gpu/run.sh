#!/usr/bin/env bash
# What a machine with a GPU is to say about amgen, in one command of under ten minutes: the gradient rules and a tiny training
# run on it, then a training step beside PyTorch's and JAX's, in float32 and bfloat16. It needs CUDA, a Python with PyTorch
# and JAX, whose plugin amgen takes, and what `make gpu-kit` has put beside it; neither Go nor a network.
#
#   bin/gpu/run.sh                                 on a GPU, into the folder of the variable OUT, or gpu-report
#   DEVICE=cpu PRESET=tiny BATCH=4 STEPS=2 bin/gpu/run.sh      the same in miniature, without one
#
# ONLY="gradients amgen-f32 torch-f32" runs these parts alone; PYTHON_TORCH and PYTHON_JAX name two Pythons.
# DATA=cifar10 (or another data set that lies in AMGEN_CACHE) adds as many steps of training as GRID seconds allow, and a grid.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
device=${DEVICE:-cuda} preset=${PRESET:-cifar10} batch=${BATCH:-128} steps=${STEPS:-20} torch=${PYTHON_TORCH:-python3} jax=${PYTHON_JAX:-python3} grid=${GRID:-90}
out=${OUT:-gpu-report}
mkdir -p "$out" && out=$(cd "$out" && pwd)
failed=0

# part NAME SECONDS COMMAND...: its output goes to a file and, the last lines, here
part() {
	local name=$1 limit=$2 began=$SECONDS
	shift 2
	case " ${ONLY:-$name} " in *" $name "*) ;; *) return ;; esac
	timeout "$limit" "$@" >"$out/$name.txt" 2>&1
	local code=$?
	tail -n 4 "$out/$name.txt" | cut -c1-300
	[ $code = 0 ] || failed=$((failed + 1))
	echo "== $name: exit code $code, $((SECONDS - began)) s"
}

{ nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null || echo "no nvidia-smi"; "$here/amgen" version; } | tee "$out/machine.txt"

# TensorFloat-32, which XLA's default precision takes on a GPU, has 10 bits: off where float32 is compared
exact=(env NVIDIA_TF32_OVERRIDE=0)
[ "$device" = cpu ] || exact+=("XLA_FLAGS=${XLA_FLAGS:-} --xla_gpu_enable_triton_gemm=false")
cd "$here/source/internal/autodiff" && part gradients 150 "${exact[@]}" AMGEN_TEST_BACKEND="xla:$device" "$here/autodiff.test" -test.v
cd "$here/source/internal/cli" && part training 200 "${exact[@]}" AMGEN_XLA="xla:$device" "$here/cli.test" -test.v -test.run TestTrainingAgreesWithSIMD
cd "$here"
for precision in f32 bf16; do
	part "amgen-$precision" 180 "$here/amgen" bench train --preset "$preset" --batch "$batch" --steps "$steps" --estimator pathwise \
		--backend "xla:$device" --precision $precision --json
	for peer in torch jax; do
		part "$peer-$precision" 180 "${!peer}" "$here/${peer}_am_unet.py" "$preset" --batch "$batch" --steps "$steps" --estimator pathwise \
			--device "$device" --precision $precision
	done
done
if [ -n "${DATA:-}" ]; then
	part grid-train $((grid + 120)) "$here/amgen" train --dataset "$DATA" --preset "$preset" --backend "xla:$device" --precision bf16 --sample-every 0 \
		--max-time "${grid}s" --out "$out/run" --overwrite
	part grid-sample 120 "$here/amgen" sample --run "$out/run" -n 64 --solver heun --steps 20 --backend "xla:$device" -o "$out/grid.png"
fi
"$torch" "$here/summary.py" "$out" | tee "$out/summary.txt"
exit $((failed > 0))
