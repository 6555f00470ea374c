package main

import (
	"github.com/amgen/amgen/backends/simd/internal/formulas"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func init() { families["vecmath"] = vecMath }

// vecMath emits the transcendental kernels of vec_math.go.
func vecMath() {
	mapUnary("exp", "e^a[i]", 1, inLanes(formulas.Of[Op].Exp))
	mapUnary("expm1", "e^a[i] - 1", 1, inLanes(formulas.Of[Op].Expm1))
	mapUnary("log", "ln a[i]", 1, inLanes(formulas.Of[Op].Log))
	mapUnary("log1p", "ln(1 + a[i])", 1, inLanes(formulas.Of[Op].Log1p))
	mapUnary("tanh", "tanh a[i]", 1, inLanes(formulas.Of[Op].Tanh))
	mapUnary("logistic", "1 / (1 + e^-a[i])", 1, inLanes(formulas.Of[Op].Logistic))
	mapUnary("erf", "erf a[i]", 1, inLanes(formulas.Of[Op].Erf))
	vecSinCos()
}

// inLanes is a formula in the lanes of an instruction set.
func inLanes(f func(o formulas.Of[Op], x Op) Op) func(v isa, x VecVirtual) VecVirtual {
	return func(v isa, x VecVirtual) VecVirtual { return f(formulas.New(vectorLanes{v}), x).(VecVirtual) }
}

// vecSinCos emits sine and cosine. For an angle beyond formulas.SinCosLimit the kernels leave dst[i] = a[i], which is
// outside [-1, 1], and report that there was such an element.
func vecSinCos() {
	for _, k := range []struct{ name, doc string }{{"sin", "sin a[i]"}, {"cos", "cos a[i]"}} {
		var far Register
		e := elementwise{name: k.name, inputs: []string{"a"}, unroll: 1, flag: "far",
			doc: k.doc + ", or to a[i] if |a[i]| > 2¹⁷, when it returns true,"}
		e.setup = func(v isa) formula {
			far = v.noLanes()
			return func(in []VecVirtual) VecVirtual {
				x := in[0]
				o := formulas.New(vectorLanes{v})
				beyond := v.compare(greater, o.Magnitude(x), f32(formulas.SinCosLimit))
				v.joinLanes(far, beyond)
				return v.choose(beyond, x, o.SinCos(x, k.name == "cos"))
			}
		}
		e.finish = func(v isa) { v.storeAnyLane(far, "far") }
		e.emit()
	}
}
