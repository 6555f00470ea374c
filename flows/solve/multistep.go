package solve

// multistep is a solver whose step also uses the evaluations of the steps before, so that it needs one new evaluation
// a step. Its tableau is that of the newest evaluation alone.
type multistep interface {
	Solver

	// memory is how many evaluations a step uses at most, the newest included.
	memory() int

	// kept returns the coefficients of what is kept of an evaluation f at (t, x), g = ofX·x + ofF·f.
	kept(path Schedule, t float64) (ofX, ofF float64)

	// weights returns a step's solution at time want, y = ofX·x + Σⱼ weights[j]·gⱼ, where x is the state at from, the
	// step ends at end, and gⱼ is of time times[j], the newest first. Earlier ones may have no weight.
	weights(path Schedule, times []float64, from, end, want float64) (ofX float64, weights []float64)

	// corrects tells whether the first step, which knows one evaluation, uses a second one at its end, of an Euler
	// step. That evaluation serves as the next step's first.
	corrects() bool
}

// Schedule returns the coefficients of a path x_t = a(t) x₀ + b(t) x₁ from noise x₀ to data x₁, and their derivatives
// in t. a falls to 0 and b/a rises from t = 0 to 1.
type Schedule func(t float64) (a, b, slopeA, slopeB float64)

// NeedsSchedule tells whether a solver needs the [Schedule] of the path.
func NeedsSchedule(s Solver) bool {
	_, ok := s.(DPMSolver2M)
	return ok
}

// past is what a multistep solver keeps of the steps before: the newest first.
type past[T any] struct {
	method multistep
	times  []float64
	kept   []T
}

// newPast is nil for a solver that keeps nothing.
func newPast[T any](solver Solver) *past[T] {
	method, ok := solver.(multistep)
	if !ok {
		return nil
	}
	return &past[T]{method: method}
}

// keep adds the evaluation of an accepted step, and returns those that no further step needs.
func (p *past[T]) keep(t float64, g T) (dropped []T) {
	p.times = append([]float64{t}, p.times...)
	p.kept = append([]T{g}, p.kept...)
	if most := p.method.memory() - 1; len(p.kept) > most {
		dropped = p.kept[most:]
		p.times, p.kept = p.times[:most], p.kept[:most]
	}
	return dropped
}

// evalFirst evaluates the first stage of a step from t towards to, or what a multistep solver keeps of it.
func (s *stepper[T]) evalFirst(t, to float64, x T) (T, error) {
	k, err := s.eval(t, to, x)
	if err != nil || s.past == nil {
		return k, err
	}
	ofX, ofF := s.past.method.kept(s.problem.Schedule, t)
	if ofX == 0 && ofF == 1 {
		return k, nil
	}
	defer s.release(k)
	return s.problem.Space.Advance(x, []float64{ofX - 1, ofF}, []T{x, k})
}

// stepOn tries one step of signed length h from (t, x) to end of a multistep solver, where first is what is kept of
// f(t, x).
func (s *stepper[T]) stepOn(t, h, end float64, x, first T) (trial[T], error) {
	tr := trial[T]{stages: []T{first}, end: end}
	if s.past.method.corrects() && len(s.past.kept) == 0 {
		euler, err := s.problem.Space.Advance(x, []float64{h}, []T{first})
		if err != nil {
			return trial[T]{}, err
		}
		defer s.release(euler)
		k, err := s.eval(end, t+h/2, euler)
		if err != nil {
			return trial[T]{}, err
		}
		tr.stages = append(tr.stages, k)
	}
	var err error
	if tr.y, err = s.solutionAt(t, end, x, tr); err != nil && len(tr.stages) > 1 {
		s.release(tr.stages[1])
	}
	return tr, err
}

// solutionAt is the solution of a multistep solver's trial from (t, x) at time want: a new value.
func (s *stepper[T]) solutionAt(t, want float64, x T, tr trial[T]) (T, error) {
	times, ks := []float64{t}, tr.stages[:1:1]
	if len(tr.stages) > 1 { // the corrected first step
		times, ks = []float64{t, tr.end}, tr.stages
	} else {
		times, ks = append(times, s.past.times...), append(ks, s.past.kept...)
	}
	ofX, weights := s.past.method.weights(s.problem.Schedule, times, t, tr.end, want)
	coeffs, ks := scaled(1, weights, ks)
	if ofX != 1 {
		coeffs, ks = append(coeffs, ofX-1), append(ks, x)
	}
	return s.problem.Space.Advance(x, coeffs, ks)
}
