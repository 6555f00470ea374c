package solve

// stepper applies a solver to one problem, counts evaluations and releases what a step leaves behind.
type stepper[T any] struct {
	problem Problem[T]
	tableau *Tableau
	past    *past[T] // of a multistep solver
	scale   float64  // the larger of |t0| and |t1|
	nfe     int
	release func(T)
}

func newStepper[T any](p Problem[T], solver Solver, scale float64) *stepper[T] {
	s := &stepper[T]{problem: p, tableau: solver.Tableau(), past: newPast[T](solver), scale: scale,
		release: func(T) {}}
	if r, ok := p.Space.(Releaser[T]); ok {
		s.release = r.Release
	}
	return s
}

// eval evaluates the field at t for a step around the time within, and counts it.
func (s *stepper[T]) eval(t, within float64, x T) (T, error) {
	s.nfe++
	return s.problem.Field(s.beside(t, within), x)
}

// trial is a step that is not yet accepted. stages[0] belongs to the caller.
type trial[T any] struct {
	y      T
	stages []T
	scales []float64 // σ at each stage, where there is noise
	end    float64   // of a multistep solver's step
}

// step tries one step of signed length h from (t, x) to time end, t + h but for rounding, where first = f(t, x).
func (s *stepper[T]) step(t, h, end float64, x, first T) (trial[T], error) {
	if s.past != nil {
		return s.stepOn(t, h, end, x, first)
	}
	tab := s.tableau
	tr := trial[T]{stages: make([]T, 1, len(tab.C))}
	tr.stages[0] = first
	fail := func(err error) (trial[T], error) {
		for _, k := range tr.stages[1:] {
			s.release(k)
		}
		return trial[T]{}, err
	}
	noise, err := s.noise(t, h, &tr)
	if err != nil {
		return fail(err)
	}
	defer s.forgetNoise(noise)
	for i := 1; i < len(tab.C); i++ {
		xi, err := s.advance(x, h, tab.A[i], tr, noise)
		if err != nil {
			return fail(err)
		}
		k, err := s.eval(t+tab.C[i]*h, t+h/2, xi)
		if err != nil {
			s.release(xi)
			return fail(err)
		}
		tr.stages = append(tr.stages, k)
		if tab.FSAL && i == len(tab.C)-1 {
			tr.y = xi // the last stage is evaluated at the solution itself
			return tr, nil
		}
		s.release(xi)
	}
	if tr.y, err = s.advance(x, h, tab.B, tr, noise); err != nil {
		return fail(err)
	}
	return tr, nil
}

// noise is ΔW over a step, nil without noise, and notes σ at its stages.
func (s *stepper[T]) noise(t, h float64, tr *trial[T]) (*T, error) {
	if s.problem.Noise == nil {
		return nil, nil
	}
	for _, c := range s.tableau.C {
		scale, err := s.problem.Noise.Scale(t + c*h)
		if err != nil {
			return nil, err
		}
		tr.scales = append(tr.scales, scale)
	}
	increment, err := s.problem.Noise.Increment(t, t+h)
	if err != nil {
		return nil, err
	}
	return &increment, nil
}

func (s *stepper[T]) forgetNoise(noise *T) {
	if noise != nil {
		s.release(*noise)
	}
}

// between is the solution at t + θh, 0 < θ < 1, of an accepted step of signed length h from (t, x): a new value.
func (s *stepper[T]) between(t, h, theta float64, x T, tr trial[T]) (T, error) {
	if s.past != nil {
		return s.solutionAt(t, t+theta*h, x, tr)
	}
	weights := s.tableau.dense(theta)
	if s.problem.Noise == nil {
		return s.advance(x, h, weights, tr, nil)
	}
	var zero T
	increment, err := s.problem.Noise.Increment(t, t+theta*h)
	if err != nil {
		return zero, err
	}
	defer s.release(increment)
	for i := range weights { // those of a step of length θh
		weights[i] /= theta
	}
	return s.advance(x, theta*h, weights, tr, &increment)
}

// norm is the scaled error of a trial step of length h from x.
func (s *stepper[T]) norm(h float64, x T, tr trial[T], atol, rtol float64) (float64, error) {
	coeffs, ks := scaled(h, s.tableau.E, tr.stages)
	return s.problem.Space.Norm(coeffs, ks, x, tr.y, atol, rtol)
}

// advance is x + Σᵢ weights[i]·(h kᵢ + σᵢ ΔW), over the stages that are known.
func (s *stepper[T]) advance(x T, h float64, weights []float64, tr trial[T], noise *T) (T, error) {
	coeffs, ks := scaled(h, weights, tr.stages)
	if noise != nil {
		scale := 0.0
		for i, w := range weights {
			scale += w * tr.scales[i]
		}
		coeffs, ks = append(coeffs, scale), append(ks, *noise)
	}
	return s.problem.Space.Advance(x, coeffs, ks)
}

// scaled multiplies the weights by h and leaves out those that are zero.
func scaled[T any](h float64, weights []float64, stages []T) (coeffs []float64, ks []T) {
	for i, w := range weights {
		if w != 0 {
			coeffs = append(coeffs, h*w)
			ks = append(ks, stages[i])
		}
	}
	return coeffs, ks
}
