package flows

import "errors"

// Model is an action, the path that it learns and the objective that it learns by: all that decides how particles move.
// One value serves the trainer, the sampler and the likelihood, so that what was learned is what is followed.
type Model struct {
	// Action is s(t, x), or the vector field of a baseline, which has to be of the path's space ([OnPath]).
	Action Action
	// Path leads from the source to the data, as [Linear] does.
	Path Path
	// Objective is what the action minimises, such as [ActionMatching]. Its Motion is what samples follow.
	Objective Objective
}

// check returns an error where a part is missing, or where the objective makes no sense on the path.
func (m Model) check() error {
	switch {
	case m.Action == nil:
		return errors.New("flows: a model without an action; set Model.Action")
	case m.Path == nil:
		return errors.New("flows: a model without a path; set Model.Path, to Linear{} for images")
	case m.Objective == nil:
		return errors.New("flows: a model without an objective, which decides how samples move; set Model.Objective, " +
			"to the one that it is trained by")
	}
	return m.Objective.Check(m.Path)
}
