package main

import (
	"fmt"
	"io"
	"slices"
)

// target is a bound on a ratio; the zero one is none.
type target struct {
	bound   float64
	atLeast bool // the ratio must reach it, else stay within it
}

// Targets of the training step and the velocity: our time over theirs.
var timeTargets = map[string]target{
	torch: {bound: 0.50}, xla: {bound: 0.80}, torchNew: {bound: 0.90}, jax: {bound: 0.90},
}

// Targets of memory (ours over PyTorch's, mnist), of a second worker (time on one over time on two) and of matrix
// products (our rate over OpenBLAS's).
var (
	memoryTarget  = target{bound: 0.75}
	workersTarget = target{bound: 1.8, atLeast: true}
	productTarget = target{bound: 0.85, atLeast: true}
)

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

// row compares a figure of ours with the same of another program.
type row struct {
	work, peer   string
	ours, theirs float64
	ratio        float64
	unit         string
	target       target
}

// key is what medians are taken over.
type key struct {
	program, preset, estimator string
	product                    productShape
}

// figures are the measurements by what they measure.
type figures map[key][]measurement

// gather puts measurements in their places. The velocity is that of a preset, whatever estimator it was reported with.
func gather(all []measurement) figures {
	f := figures{}
	for _, m := range all {
		k := key{program: m.Program, preset: m.Preset, estimator: m.Estimator}
		if m.Product != nil {
			k = key{program: m.Program, product: *m.Product}
		}
		f[k] = append(f[k], m)
		if m.Product == nil {
			k.estimator = ""
			f[k] = append(f[k], m)
		}
	}
	return f
}

// median of a figure over the rounds, 0 if there is none.
func (f figures) median(k key, of func(measurement) float64) float64 {
	var values []float64
	for _, m := range f[k] {
		values = append(values, of(m))
	}
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// best rate of the rounds: a disturbance only ever lowers one.
func (f figures) best(k key) float64 {
	rate := 0.0
	for _, m := range f[k] {
		rate = max(rate, m.GFLOPS)
	}
	return rate
}

func stepOf(m measurement) float64     { return m.Step }
func velocityOf(m measurement) float64 { return m.Velocity }
func memoryOf(m measurement) float64   { return m.PeakRSS }

// order lists each value once, as first met.
func order[T comparable](all []measurement, of func(measurement) (T, bool)) []T {
	var values []T
	for _, m := range all {
		if v, ok := of(m); ok && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

// rows are all comparisons that the measurements allow.
func rows(all []measurement) []row {
	f := gather(all)
	var table []row
	// add compares medians of a figure, or with nil the best rates.
	add := func(work, peer, unit string, k key, of func(measurement) float64, t target) {
		ours, other := k, k
		ours.program, other.program = amgen, peer
		r := row{work: work, peer: peer, unit: unit, target: t}
		if of == nil {
			r.ours, r.theirs = f.best(ours), f.best(other)
		} else {
			r.ours, r.theirs = f.median(ours, of), f.median(other, of)
		}
		if r.ours <= 0 || r.theirs <= 0 {
			return
		}
		if r.ratio = r.ours / r.theirs; peer == amgenOne {
			r.ratio = 1 / r.ratio
		}
		table = append(table, r)
	}
	peers := []string{torch, torchNew, jax, xla}
	type work struct{ preset, estimator string }
	trained := func(m measurement) (work, bool) { return work{m.Preset, m.Estimator}, m.Product == nil }
	presets := order(all, func(m measurement) (string, bool) { return m.Preset, m.Product == nil })
	for _, w := range order(all, trained) {
		for _, peer := range peers {
			add(w.preset+" step, "+w.estimator, peer, "ms", key{preset: w.preset, estimator: w.estimator}, stepOf,
				timeTarget(peer, w.preset))
		}
	}
	for _, preset := range presets {
		for _, peer := range peers {
			add(preset+" velocity", peer, "ms", key{preset: preset}, velocityOf, timeTarget(peer, preset))
		}
	}
	for _, w := range order(all, trained) {
		if w.preset == "mnist" {
			add("mnist peak memory, "+w.estimator, torch, "MB", key{preset: w.preset, estimator: w.estimator}, memoryOf,
				memoryTarget)
		}
	}
	for _, w := range order(all, trained) {
		if w.preset != "toy" {
			add(w.preset+" step, "+w.estimator, amgenOne, "ms", key{preset: w.preset, estimator: w.estimator}, stepOf,
				workersTarget)
		}
	}
	products := order(all, func(m measurement) (productShape, bool) {
		if m.Product == nil {
			return productShape{}, false
		}
		return *m.Product, true
	})
	for _, p := range products {
		add(p.String(), openBLAS, "GFLOP/s", key{product: p}, nil, productTarget)
	}
	return table
}

// timeTarget is that of a step or velocity of a preset; the toy has one against the system's PyTorch alone.
func timeTarget(peer, preset string) target {
	if preset == "toy" && peer != torch {
		return target{}
	}
	return timeTargets[peer]
}

// String is m×k×n with a ᵀ on the side of a transposed operand.
func (p productShape) String() string {
	s := fmt.Sprintf("%d×%d×%d", p.M, p.K, p.N)
	if p.TransA {
		s = "ᵀ" + s
	}
	if p.TransB {
		s += "ᵀ"
	}
	if p.Batch > 1 {
		s = fmt.Sprintf("%d·(%s)", p.Batch, s)
	}
	if p.Preset == "" {
		return "sgemm " + s
	}
	return "sgemm " + s + " " + p.Preset
}

// report writes the comparison as a Markdown table, and how many targets of each kind were met.
func report(w io.Writer, all []measurement) {
	fmt.Fprintln(w, "\n| work | amgen | beside | ratio | target | |\n|---|---|---|---|---|---|")
	met, total := map[string]int{}, map[string]int{}
	var peers []string
	for _, r := range rows(all) {
		fmt.Fprintf(w, "| %s | %s %s | %s %s | %.2f | %s |\n", r.work, digits(r.ours), r.unit, r.peer, digits(r.theirs),
			r.ratio, r.target.verdict(r.ratio))
		if r.target.bound == 0 {
			continue
		}
		if !slices.Contains(peers, r.peer) {
			peers = append(peers, r.peer)
		}
		if total[r.peer]++; r.target.met(r.ratio) {
			met[r.peer]++
		}
	}
	fmt.Fprintln(w)
	for _, peer := range peers {
		fmt.Fprintf(w, "- beside %s: %d of %d met\n", peer, met[peer], total[peer])
	}
}

// digits writes three or more significant digits.
func digits(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}
