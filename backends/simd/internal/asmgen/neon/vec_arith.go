package main

import "fmt"

func init() { families["vecarith"] = vecArith }

// vecArith emits the kernels that are one operation of IEEE arithmetic, or nearly so.
func vecArith(f *file) {
	for _, b := range []struct {
		name, doc string
		op        func(l vectorLanes, a, b value) value
	}{
		{"add", "%s + %s", vectorLanes.Add}, {"sub", "%s - %s", vectorLanes.Sub},
		{"mul", "%s * %s", vectorLanes.Mul}, {"div", "%s / %s", vectorLanes.Div},
		{"max", "max1(%s, %s)", vectorLanes.max}, {"min", "min1(%s, %s)", vectorLanes.min},
	} {
		elementwise{name: b.name, doc: fmt.Sprintf(b.doc, "a[i]", "b[i]"), inputs: []string{"a", "b"}, unroll: 4,
			formula: func(k lanesOf, in []value) value { return b.op(k.vectorLanes, in[0], in[1]) }}.emit(f)
		withScalar(f, b.name+"Scalar", fmt.Sprintf(b.doc, "a[i]", "s"),
			func(k lanesOf, x value) value { return b.op(k.vectorLanes, x, k.scalar) })
		first := map[string]string{"sub": "scalarSub", "div": "scalarDiv"}[b.name]
		if first != "" {
			withScalar(f, first, fmt.Sprintf(b.doc, "s", "a[i]"),
				func(k lanesOf, x value) value { return b.op(k.vectorLanes, k.scalar, x) })
		}
	}
	elementwise{name: "mulAdd", doc: "fma1(a[i], b[i], c[i])", inputs: []string{"a", "b", "c"}, unroll: 4,
		formula: func(k lanesOf, in []value) value { return k.FMA(in[0], in[1], in[2]) }}.emit(f)
	vecUnary(f)
	elementwise{name: "fill", doc: "s", scalar: "s", unroll: 4,
		formula: func(k lanesOf, _ []value) value { return k.scalar }}.emit(f)
}

func withScalar(f *file, name, doc string, op func(k lanesOf, x value) value) {
	elementwise{name: name, doc: doc, inputs: []string{"a"}, scalar: "s", unroll: 4,
		formula: func(k lanesOf, in []value) value { return op(k, in[0]) }}.emit(f)
}

// max is max1 of the twins: a where it is larger or NaN, else b.
func (l vectorLanes) max(a, b value) value { return l.chooseNaN(l.single3("FCMGT", a, b), a, b) }

func (l vectorLanes) min(a, b value) value { return l.chooseNaN(l.single3("FCMGT", b, a), a, b) }

// chooseNaN is a in the lanes of mask and where it is NaN, and else b.
func (l vectorLanes) chooseNaN(mask, a, b value) value {
	return l.Choose(l.bits3("ORN", mask, l.single3("FCMEQ", a, a)), a, b)
}

const signBit = 1 << 31

// vecUnary emits the unary kernels of vec_unary.go.
func vecUnary(f *file) {
	for _, u := range []struct {
		name, doc string
		unroll    int
		op        func(l vectorLanes, x value) value
	}{
		{"neg", "-a[i]", 4, instruction2("FNEG")},
		{"abs", "|a[i]|", 4, instruction2("FABS")},
		{"sqrt", "√a[i]", 2, instruction2("FSQRT")},
		{"rsqrt", "1 / √a[i], rounded twice", 2, func(l vectorLanes, x value) value {
			return l.Div(l.Number(1), l.single2("FSQRT", x))
		}},
		{"recip", "1 / a[i]", 2, func(l vectorLanes, x value) value { return l.Div(l.Number(1), x) }},
		{"sign", "±1 by the sign of a[i], or a[i] itself if it is zero or NaN", 2, func(l vectorLanes, x value) value {
			one := l.Or(l.And(x, l.Bits(signBit)), l.Number(1))
			return l.Choose(l.single3("FCMGT", l.single2("FABS", x), l.Number(0)), one, x)
		}},
		{"floor", "a[i] rounded to an integer towards -Inf", 4, instruction2("FRINTM")},
		{"ceil", "a[i] rounded to an integer towards +Inf", 4, instruction2("FRINTP")},
		{"round", "a[i] rounded to the nearest integer, ties to even", 4, instruction2("FRINTN")},
	} {
		mapUnary(f, u.name, u.doc, u.unroll, u.op)
	}
}

func instruction2(name string) func(l vectorLanes, x value) value {
	return func(l vectorLanes, x value) value { return l.single2(name, x) }
}

func mapUnary(f *file, name, doc string, unroll int, op func(l vectorLanes, x value) value) {
	elementwise{name: name, doc: doc, inputs: []string{"a"}, unroll: unroll,
		formula: func(k lanesOf, in []value) value { return op(k.vectorLanes, in[0]) }}.emit(f)
}
