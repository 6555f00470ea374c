package main

import "fmt"

// target is a bound on a ratio; the zero one is none.
type target struct {
	bound   float64
	atLeast bool // the ratio must reach it, else stay within it
}

// Targets of our time over theirs, by what is timed. The current PyTorch has the same ones whether it compiles or not.
var (
	stepTargets = map[string]target{torchNew: {bound: 0.33}, torch: {bound: 0.50}, jax: {bound: 0.90},
		xla: {bound: 0.80}}
	velocityTargets = map[string]target{torchNew: {bound: 0.45}, torch: {bound: 0.50}, jax: {bound: 0.45},
		xla: {bound: 0.80}}
	pointTargets = map[string]target{jax: {bound: 0.40}} // of steps on points
)

// Targets of memory (ours over the current PyTorch's, where it is largest), of a second worker (time on one over time
// on two) and of matrix products (our rate over OpenBLAS's).
var (
	memoryTarget  = target{bound: 0.40}
	workersTarget = target{bound: 1.85, atLeast: true}
	productTarget = target{bound: 0.85, atLeast: true}
)

// memoryWork is what memory has a target for.
const memoryWork = "mnist boundary"

// timeTarget is that of a workload beside a program.
func timeTarget(peer string, w work) target {
	if peer == compiled {
		peer = torchNew
	}
	switch {
	case points(w.preset) && w.estimator == velocityOnly:
		return target{}
	case points(w.preset):
		return pointTargets[peer]
	case w.estimator == velocityOnly:
		return velocityTargets[peer]
	}
	return stepTargets[peer]
}

func (t target) met(ratio float64) bool {
	if t.atLeast {
		return ratio >= t.bound
	}
	return ratio <= t.bound
}

func (t target) verdict(ratio float64) string {
	if t.bound == 0 {
		return "none |"
	}
	sign, verdict := "≤", "missed"
	if t.atLeast {
		sign = "≥"
	}
	if t.met(ratio) {
		verdict = "met"
	}
	return fmt.Sprintf("%s %.2f | %s", sign, t.bound, verdict)
}
