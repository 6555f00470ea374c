package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
)

// row compares a figure of ours with the same of another program.
type row struct {
	work, peer   string
	ours, theirs float64
	ratio        float64
	unit         string
	target       target
}

// work is what times are compared of: steps by an estimator or velocities, at a batch size.
type work struct {
	preset, estimator string
	batch             int
}

func (w work) String() string {
	if w.estimator == velocityOnly {
		return fmt.Sprintf("%s velocity, batch %d", w.preset, w.batch)
	}
	return fmt.Sprintf("%s step, %s", w.preset, w.estimator)
}

// key is what medians are taken over.
type key struct {
	program string
	work    work
	product productShape
}

// figures are the measurements by what they measure.
type figures map[key][]measurement

// workOf is what a measurement measured, if no matrix product.
func workOf(m measurement) (work, bool) {
	return work{m.Preset, m.Estimator, m.Batch}, m.Product == nil
}

// gather puts measurements in their places.
func gather(all []measurement) figures {
	f := figures{}
	for _, m := range all {
		k := key{program: m.Program}
		if m.Product != nil {
			k.product = *m.Product
		} else {
			k.work, _ = workOf(m)
		}
		f[k] = append(f[k], m)
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

func memoryOf(m measurement) float64 { return m.PeakRSS }

// timeOf is the time of a step, or of a velocity where there are no steps.
func timeOf(m measurement) float64 { return cmp.Or(m.Step, m.Velocity) }

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
	add := func(what, peer, unit string, k key, of func(measurement) float64, t target) {
		ours, other := k, k
		ours.program, other.program = amgen, peer
		r := row{work: what, peer: peer, unit: unit, target: t}
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
	works := order(all, workOf)
	slices.SortStableFunc(works, func(a, b work) int { // steps before velocities
		return cmp.Compare(bit(a.estimator == velocityOnly), bit(b.estimator == velocityOnly))
	})
	for _, w := range works {
		for _, peer := range []string{torch, torchNew, compiled, jax, xla} {
			add(w.String(), peer, "ms", key{work: w}, timeOf, timeTarget(peer, w))
		}
	}
	for _, w := range works {
		if w.estimator == velocityOnly || points(w.preset) {
			continue
		}
		for _, peer := range []string{torchNew, compiled, jax} {
			t := target{}
			if name := w.preset + " " + w.estimator; name == memoryWork && peer == torchNew {
				t = memoryTarget
			}
			add(w.preset+" peak memory, "+w.estimator, peer, "MB", key{work: w}, memoryOf, t)
		}
	}
	for _, w := range works {
		add(w.String(), amgenOne, "ms", key{work: w}, timeOf, workersTarget)
		table = append(table, f.ceiling(w)...)
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

// ceiling is how much more the machine does by two processes of one worker at once than by one: what two workers can
// reach at best.
func (f figures) ceiling(w work) []row {
	one, two := f.median(key{program: amgenOne, work: w}, timeOf), f.median(key{program: amgenTwo, work: w}, timeOf)
	if one <= 0 || two <= 0 {
		return nil
	}
	return []row{{work: w.String() + ", 1 worker: the machine's ceiling", peer: "2 processes at once, each", unit: "ms",
		ours: one, theirs: two, ratio: 2 * one / two}}
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
