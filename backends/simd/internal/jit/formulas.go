package jit

import "github.com/amgen/amgen/backends/simd/internal/formulas"

// Formulas are the transcendental functions of the kernels, as operations of the chain.
func (c *Chain) Formulas() formulas.Of[Value] { return formulas.New[Value](formulaLanes{c}) }

// formulaLanes are the operations of formulas in a chain.
type formulaLanes struct{ *Chain }

var formulaPredicates = map[formulas.Predicate]Predicate{
	formulas.Less: Less, formulas.Greater: Greater, formulas.Equal: Equal,
	formulas.NotLessEqual: NotLessEqual, formulas.NotGreaterEqual: NotGreaterEqual,
}

// Compare translates the predicate.
func (l formulaLanes) Compare(p formulas.Predicate, a, b Value) Value {
	return l.Chain.Compare(formulaPredicates[p], a, b)
}
