package main

import "github.com/amgen/amgen/backends/simd/internal/formulas"

func init() { families["vecmath"] = vecMath }

// vecMath emits the transcendental kernels of vec_math.go. For an angle beyond formulas.SinCosLimit, sine and cosine
// leave dst[i] = a[i], which is outside [-1, 1], and report that there was such an element.
func vecMath(f *file) {
	type of = formulas.Of[value]
	for _, u := range []struct {
		name, doc string
		op        func(o of, x value) value
	}{
		{"exp", "e^a[i]", of.Exp}, {"expm1", "e^a[i] - 1", of.Expm1}, {"log", "ln a[i]", of.Log},
		{"log1p", "ln(1 + a[i])", of.Log1p}, {"tanh", "tanh a[i]", of.Tanh},
		{"logistic", "1 / (1 + e^-a[i])", of.Logistic}, {"erf", "erf a[i]", of.Erf},
	} {
		mapUnary(f, u.name, u.doc, 1, func(l vectorLanes, x value) value { return u.op(formulas.New[value](l), x) })
	}
	for _, name := range []string{"sin", "cos"} {
		elementwise{name: name, inputs: []string{"a"}, unroll: 1, flag: "far",
			doc: name + " a[i], or to a[i] if |a[i]| > 2¹⁷, when it returns true,",
			formula: func(k lanesOf, in []value) value {
				o, x := formulas.New[value](k.vectorLanes), in[0]
				beyond := k.single3("FCMGT", o.Magnitude(x), k.Number(formulas.SinCosLimit))
				k.bitsInto("ORR", k.far, beyond.reg)
				return k.Choose(beyond, x, o.SinCos(x, name == "cos"))
			}}.emit(f)
	}
}
