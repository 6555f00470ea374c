package flows

import (
	"fmt"
	"math"

	"github.com/amgen/amgen/flows/internal/host"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// NoClass stands for the null label where classes are given as numbers: an example of any class.
const NoClass = -1

// Guidance makes samples more typical of the class that they are told: they follow
//
//	s_w(t, x, y) = (1 + w) s(t, x, y) − w s(t, x, ∅)
//
// instead of the action s of class y, where ∅ is the null label. It is an action itself, so its motion is that of the
// gradient ∇ₓs_w; of a baseline the vector fields combine in the same way. Ho and Salimans 2022, arXiv:2207.12598. The
// zero value is no guidance.
type Guidance struct {
	// Weight is w. 0 is no guidance, and −1 the null label's action.
	Weight float64
	// From and To bound the times t at which guidance acts; elsewhere the motion is that of the class alone. To 0 is 1,
	// so that the zero value acts at all times. Kynkäänniemi et al. 2024, arXiv:2404.07724.
	From, To float64
}

// Until is To, or its default.
func (g Guidance) Until() float64 {
	if g.To == 0 {
		return 1
	}
	return g.To
}

// at tells whether guidance acts at time t.
func (g Guidance) at(t float64) bool { return g.Weight != 0 && g.From <= t && t <= g.Until() }

// jumps are the times at which guidance begins to act or ends, and the motion jumps.
func (g Guidance) jumps() (times []float64) {
	if g.Weight == 0 {
		return nil
	}
	if g.From > 0 {
		times = append(times, g.From)
	}
	if g.Until() < 1 {
		times = append(times, g.Until())
	}
	return times
}

// Check returns an error where the weight isn't finite, or the times are no interval within [0, 1].
func (g Guidance) Check() error {
	switch {
	case math.IsNaN(g.Weight) || math.IsInf(g.Weight, 0):
		return fmt.Errorf("flows: guidance of weight %g; give a finite one, such as 1, or 0 for none", g.Weight)
	case !(g.From >= 0 && g.From < g.Until() && g.Until() <= 1): // NaN too
		return fmt.Errorf("flows: guidance from t=%g to %g; give an interval within [0, 1]", g.From, g.Until())
	case g.Weight == 0 && g != (Guidance{}):
		return fmt.Errorf("flows: guidance from t=%g to %g of weight 0, which is none; give a weight, or leave the "+
			"interval out", g.From, g.Until())
	}
	return nil
}

// told is what the action is told beside t and x, for the time of an integration.
type told struct {
	class    *tensors.Tensor // [batch] int32; nil of a model without classes
	guidance Guidance
}

// tell checks the classes of a batch, one an example or nil for the null label, and the guidance.
func (m Model) tell(batch int, classes []int32, guidance Guidance) (told, error) {
	if err := guidance.Check(); err != nil {
		return told{}, err
	}
	switch {
	case m.Classes == 0 && classes != nil:
		return told{}, fmt.Errorf("flows: %d classes for a model that has none; leave them out, or train one with "+
			"Model.Classes", len(classes))
	case guidance.Weight != 0 && classes == nil:
		return told{}, fmt.Errorf("flows: guidance of weight %g without classes, which it is towards; give the class "+
			"of each example", guidance.Weight)
	case m.Classes == 0:
		return told{}, nil
	case classes != nil && len(classes) != batch:
		return told{}, fmt.Errorf("flows: %d classes for a batch of %d examples; give one an example", len(classes),
			batch)
	}
	labels := make([]int32, batch)
	for i := range labels {
		labels[i] = NoClass
		if classes != nil {
			labels[i] = classes[i]
		}
		switch {
		case labels[i] == NoClass:
			labels[i] = int32(m.Classes)
		case labels[i] < 0 || int(labels[i]) >= m.Classes:
			return told{}, fmt.Errorf("flows: class %d of example %d; give one from 0 to %d, or %d for the null label",
				labels[i], i, m.Classes-1, NoClass)
		}
	}
	return told{tensors.FromFlatDataAndDimensions(labels, batch), guidance}, nil
}

func (t told) finalize() {
	if t.class != nil {
		t.class.MustFinalizeAll()
	}
}

// inputs are those of a graph that [Model.asked] reads, but for what comes after: numbers, of x's type, which the
// caller finalises, x and the classes.
func (t told) inputs(time float64, x *tensors.Tensor) ([]*tensors.Tensor, error) {
	numbers := []float64{time}
	if t.guidance.at(time) {
		numbers = append(numbers, t.guidance.Weight)
	}
	vector, err := host.Vector(x.DType(), numbers)
	if err != nil || t.class == nil {
		return []*tensors.Tensor{vector, x}, err
	}
	return []*tensors.Tensor{vector, x, t.class}, nil
}

// asked is the action that the inputs of a graph ask for, at t, [1], and x, [batch, ...]: numbers, which are t and, if
// it is guided, w; x; of a model with classes the class of each example, [batch]; and the rest.
func (m Model) asked(inputs []*Node) (action Action, t, x *Node, rest []*Node) {
	numbers, x := inputs[0], inputs[1]
	if m.Classes == 0 {
		return m.Action, numbers, x, inputs[2:]
	}
	class := inputs[2]
	if numbers.Shape().Size() == 1 {
		return m.ByClass(class), numbers, x, inputs[3:]
	}
	return m.guided(class, element(numbers, 1)), element(numbers, 0), x, inputs[3:]
}

// guided is the action or vector field of [Guidance] with weight w, a scalar. Both evaluations are one, of a batch of
// twice the size.
func (m Model) guided(class, w *Node) Action {
	null := m.nullLabels(class)
	twice := func(x *Node) *Node { return Concatenate([]*Node{x, x}, 0) }
	return func(vars *mlcontext.Context, t, x *Node) *Node {
		both := m.ByClass(Concatenate([]*Node{class, null}, 0))(vars, twice(t), twice(x))
		n := batchSize(x)
		y, any := SliceAxis(both, 0, AxisRange(0, n)), SliceAxis(both, 0, AxisRange(n))
		return Add(y, Mul(w, Sub(y, any)))
	}
}

// nullLabels are null labels, of the shape of class.
func (m Model) nullLabels(class *Node) *Node {
	return BroadcastToShape(Scalar(class.Graph(), class.DType(), m.Classes), class.Shape())
}

// dropLabels replaces each of the classes, [batch], by the null label with the given probability.
func (m Model) dropLabels(vars *mlcontext.Context, class *Node, probability float64) *Node {
	if probability <= 0 {
		return class
	}
	g := class.Graph()
	u := vars.RandomUniform(g, shapes.Make(dtypes.Float32, class.Shape().Dimensions...))
	return Where(LessThan(u, Scalar(g, dtypes.Float32, probability)), m.nullLabels(class), class)
}

// checkLabels returns an error unless labels are one class of the model for each of n examples of a dataset.
func (m Model) checkLabels(dataset string, n int, labels []*tensors.Tensor) error {
	if len(labels) != 1 {
		return fmt.Errorf("dataset %s yielded %d labels, and the model has %d classes; yield the class of each "+
			"example, [batch] int32", dataset, len(labels), m.Classes)
	}
	if s := labels[0].Shape(); s.DType != dtypes.Int32 || s.Rank() != 1 || s.Dimensions[0] != n {
		return fmt.Errorf("dataset %s yielded labels of shape %s for %d examples; yield the class of each, [batch] "+
			"int32", dataset, s, n)
	}
	var err error
	read := labels[0].ConstFlatData(func(flat any) {
		for _, label := range flat.([]int32) {
			if label < 0 || int(label) >= m.Classes {
				err = fmt.Errorf("dataset %s yielded label %d, and the model has classes 0 to %d; yield those alone",
					dataset, label, m.Classes-1)
				return
			}
		}
	})
	if read != nil {
		return read
	}
	return err
}
