package unet

// Params returns the number of trainable parameters of the network.
func (c Config) Params() int {
	p, time := newPlan(c), 4*c.Base
	total := dense(c.Base, time) + dense(time, time) + conv3x3(p.input) + conv3x3(p.output) + 2*p.output.in
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

func dense(in, out int) int         { return in*out + out }
func conv3x3(c convolution) int     { return 9*c.in*c.out + c.out }
func attentionParams(c int) int     { return 2*c + 4*dense(c, c) }
func (c convolution) products() int { return 9 * c.in * c.out * c.size * c.size }

// FLOPs estimates the floating-point operations of one evaluation of the network on a batch: the multiplications and
// the additions of its convolutions, dense layers and attention. Element-wise work is left out, and a convolution
// counts in full where a backend needs fewer products for it (see doubled). A velocity ∇ₓs costs about 2 of these, a
// training step about 6 (pathwise) or 9 (boundary).
func (c Config) FLOPs(batch int) int64 {
	p, time := newPlan(c), 4*c.Base
	total := c.Base*time + time*time + p.input.products() + p.output.products()
	for _, s := range p.stages() {
		pixels := s.size * s.size
		attends := 4*s.out*s.out*pixels + 2*pixels*pixels*s.out
		switch s.kind {
		case downSampling, upSampling:
			total += convolution{in: s.in, out: s.out, size: s.size}.products()
		case attention:
			total += attends
		case residual:
			total += 9*(s.in+s.out)*s.out*pixels + time*s.out
			if s.in != s.out {
				total += s.in * s.out * pixels
			}
			if s.attends {
				total += attends
			}
		}
	}
	return 2 * int64(batch) * int64(total)
}
