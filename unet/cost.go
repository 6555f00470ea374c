package unet

import "math"

// Params returns the number of trainable parameters of the network.
func (c Config) Params() int {
	p, time := newPlan(c), 4*c.Base
	total := dense(c.Base, time) + dense(time, time) + (c.labels()+c.Augment)*time
	total += conv3x3(p.input) + conv3x3(p.output) + 2*p.output.in
	for _, s := range p.stages() {
		switch s.kind {
		case downSampling, upSampling:
			total += conv3x3(convolution{in: s.in, out: s.out})
		case attention:
			total += attentionParams(s.in)
		case residual:
			total += 2*s.in + conv3x3(convolution{in: s.in, out: s.out}) + dense(time, s.out) +
				2*s.out + conv3x3(convolution{in: s.out, out: s.out})
			if s.in != s.out {
				total += dense(s.in, s.out)
			}
			if s.attends {
				total += attentionParams(s.out)
			}
		}
	}
	return total
}

// labels is the number of embedded labels: the classes and the null label.
func (c Config) labels() int {
	if c.Classes == 0 {
		return 0
	}
	return c.Classes + 1
}

func dense(in, out int) int     { return in*out + out }
func conv3x3(c convolution) int { return 9*c.in*c.out + c.out }
func attentionParams(c int) int { return 2*c + 4*dense(c, c) }

func (c convolution) products() float64 { return 9 * float64(c.in*c.out) * float64(c.size*c.size) }

// FLOPs estimates the floating-point operations of one evaluation of the network on a batch: the multiplications and
// the additions of its convolutions, dense layers and attention. Element-wise work is left out, and a convolution
// counts in full where a backend needs fewer products for it (see doubled). A velocity ∇ₓs costs about 2 of these, a
// training step about 6 (pathwise) or 9 (boundary). It is at most [math.MaxInt64].
func (c Config) FLOPs(batch int) int64 {
	p, time := newPlan(c), 4*c.Base
	total := float64(c.Base*time + time*time + c.labels()*time)
	total += p.input.products() + p.output.products() // exact below 2⁵³
	for _, s := range p.stages() {
		pixels := float64(s.size * s.size)
		attends := 4*float64(s.out*s.out)*pixels + 2*pixels*pixels*float64(s.out)
		switch s.kind {
		case downSampling, upSampling:
			total += convolution{in: s.in, out: s.out, size: s.size}.products()
		case attention:
			total += attends
		case residual:
			total += 9*float64((s.in+s.out)*s.out)*pixels + float64(time*s.out)
			if s.in != s.out {
				total += float64(s.in*s.out) * pixels
			}
			if s.attends {
				total += attends
			}
		}
	}
	if all := 2 * float64(batch) * total; all >= math.MaxInt64 {
		return math.MaxInt64
	}
	return 2 * int64(batch) * int64(total)
}

// Activations is a lower bound of the numbers that a training step on a batch keeps from its way forwards to its way
// backwards: of each residual block its result and what is between its convolutions, of attention its weights.
func (c Config) Activations(batch int) float64 {
	total := 0.0
	for _, s := range newPlan(c).stages() {
		pixels := float64(s.size * s.size)
		if s.kind == residual {
			total += 2 * pixels * float64(s.out)
		}
		if s.kind == attention || s.attends {
			total += pixels * pixels
		}
	}
	return float64(batch) * total
}
