package solve

import (
	"fmt"
	"strings"
)

// Settings are what a command line can say about a solver. A zero means its default.
type Settings struct {
	Steps      int     // of a solver with fixed steps; default DefaultSteps
	RTol, ATol float64 // of an adaptive solver; default DefaultTolerance each

	// Grid names the grid of a solver with fixed steps, see GridNames; default uniform.
	Grid string `json:",omitempty"`
}

// Defaults of solvers, for settings that are 0.
const (
	DefaultSteps     = 100
	DefaultTolerance = 1e-5
)

// registry lists the solvers: of fixed steps, adaptive, multistep, stochastic.
var registry = []struct {
	name     string
	adaptive bool
	make     func(Settings, Grid) Solver
}{
	{"euler", false, func(s Settings, g Grid) Solver { return Euler{Steps: s.Steps, Grid: g} }},
	{"midpoint", false, func(s Settings, g Grid) Solver { return Midpoint{Steps: s.Steps, Grid: g} }},
	{"heun", false, func(s Settings, g Grid) Solver { return Heun{Steps: s.Steps, Grid: g} }},
	{"rk4", false, func(s Settings, g Grid) Solver { return RK4{Steps: s.Steps, Grid: g} }},
	{"dopri5", true, func(s Settings, _ Grid) Solver { return Dopri5{RTol: s.RTol, ATol: s.ATol} }},
	{"ab2", false, func(s Settings, g Grid) Solver { return AB2{Steps: s.Steps, Grid: g} }},
	{"ab3", false, func(s Settings, g Grid) Solver { return AB3{Steps: s.Steps, Grid: g} }},
	{"dpm++2m", false, func(s Settings, g Grid) Solver { return DPMSolver2M{Steps: s.Steps, Grid: g} }},
	{"euler-maruyama", false, func(s Settings, g Grid) Solver { return EulerMaruyama{Steps: s.Steps, Grid: g} }},
	{"stochastic-heun", false, func(s Settings, g Grid) Solver { return StochasticHeun{Steps: s.Steps, Grid: g} }},
}

// Names lists the solvers that [ByName] knows.
func Names() []string {
	names := make([]string, len(registry))
	for i, r := range registry {
		names[i] = r.name
	}
	return names
}

// ByName returns a solver by its registry name. An unknown name is an error that lists what exists; so is a
// setting that the solver does not have, or that it cannot run with.
func ByName(name string, s Settings) (Solver, error) {
	for _, r := range registry {
		if r.name != name {
			continue
		}
		if r.adaptive && s.Steps != 0 {
			return nil, fmt.Errorf("solve: %s chooses its steps itself, got steps=%d; give rtol and atol, or take one "+
				"of %s", name, s.Steps, strings.Join(fixedNames(), ", "))
		}
		if r.adaptive && s.Grid != "" {
			return nil, fmt.Errorf("solve: %s chooses its steps itself, got grid=%s; leave the grid out, or take one "+
				"of "+
				"%s", name, s.Grid, strings.Join(fixedNames(), ", "))
		}
		if !r.adaptive && (s.RTol != 0 || s.ATol != 0) {
			given := fmt.Sprintf("rtol=%g", s.RTol)
			if s.RTol == 0 {
				given = fmt.Sprintf("atol=%g", s.ATol)
			}
			return nil, fmt.Errorf("solve: %s has fixed steps and no tolerance, got %s; give steps, or take dopri5",
				name, given)
		}
		grid, err := s.grid()
		if err != nil {
			return nil, err
		}
		solver := r.make(s.withDefaults(), grid)
		_, err = solver.Controller()
		return solver, err
	}
	return nil, fmt.Errorf("solve: unknown solver %q; choose one of %s", name, strings.Join(Names(), ", "))
}

// fixedNames lists the solvers without noise that take a number of steps.
func fixedNames() []string {
	var names []string
	for _, r := range registry {
		if !r.adaptive && !IsStochastic(r.make(Settings{}, nil)) {
			names = append(names, r.name)
		}
	}
	return names
}

// grid is nil for steps of equal length.
func (s Settings) grid() (Grid, error) {
	if s.Grid == "" || s.Grid == (UniformGrid{}).Name() {
		return nil, nil
	}
	return GridByName(s.Grid)
}

func (s Settings) withDefaults() Settings {
	if s.Steps == 0 {
		s.Steps = DefaultSteps
	}
	if s.RTol == 0 {
		s.RTol = DefaultTolerance
	}
	if s.ATol == 0 {
		s.ATol = DefaultTolerance
	}
	return s
}

// SettingsOf are the settings of a solver, defaults included. The uniform grid has no name. A solver of another package
// has none but its tolerances.
func SettingsOf(solver Solver) Settings {
	controller, err := solver.Controller()
	if err != nil {
		return Settings{}
	}
	switch c := controller.(type) {
	case fixedSteps:
		return Settings{Steps: c.steps}
	case *gridSteps:
		return Settings{Steps: len(c.times) - 1, Grid: c.grid}
	}
	rtol, atol, _ := controller.Tolerance()
	return Settings{RTol: rtol, ATol: atol}
}
