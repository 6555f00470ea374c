package flows

import (
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/graph"
)

// Model is an action, the path that it learns and the objective that it learns by: all that decides how particles move.
// One value serves the trainer, the sampler and the likelihood, so that what was learned is what is followed.
type Model struct {
	// Action is s(t, x), or the vector field of a baseline, which has to be of the path's space ([OnPath]). Where there
	// are classes it isn't used, and may be nil.
	Action Action
	// Classes is the number of classes of the examples; 0 is a model without.
	Classes int
	// ByClass is the action of examples of the given classes, [batch] int32, from 0 to Classes. The last is the null
	// label, of an example of any class. It is set where Classes is.
	ByClass func(class *graph.Node) Action
	// Path leads from the source to the data, as [Linear] does.
	Path Path
	// Objective is what the action minimises, such as [ActionMatching]. Its Motion is what samples follow.
	Objective Objective
}

// check returns an error where a part is missing, or where the objective makes no sense on the path.
func (m Model) check() error {
	switch {
	case m.Classes < 0:
		return fmt.Errorf("flows: a model of %d classes; set Model.Classes to 0 for none", m.Classes)
	case (m.Classes > 0) != (m.ByClass != nil):
		return errors.New("flows: a model with classes needs Model.Classes and Model.ByClass; set both, or neither")
	case m.Action == nil && m.Classes == 0:
		return errors.New("flows: a model without an action; set Model.Action")
	case m.Path == nil:
		return errors.New("flows: a model without a path; set Model.Path, to Linear{} for images")
	case m.Objective == nil:
		return errors.New("flows: a model without an objective, which decides how samples move; set Model.Objective, " +
			"to the one that it is trained by")
	}
	if path, ok := m.Path.(Massive); ok && path.CarriesMass() && !m.Objective.Motion().Growth {
		return fmt.Errorf("flows: the curves of path %s carry mass that changes, and the objective has no growth; use "+
			"one that has", m.Path.Name())
	}
	return m.Objective.Check(m.Path)
}
