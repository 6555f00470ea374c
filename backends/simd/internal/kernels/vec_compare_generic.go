package kernels

func equalGeneric(dst []bool, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] == b[i]
	}
}

func notEqualGeneric(dst []bool, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] != b[i]
	}
}

func lessGeneric(dst []bool, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] < b[i]
	}
}

func lessEqualGeneric(dst []bool, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] <= b[i]
	}
}

func greaterGeneric(dst []bool, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] > b[i]
	}
}

func greaterEqualGeneric(dst []bool, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] >= b[i]
	}
}

func equalScalarGeneric(dst []bool, a []float32, s float32) {
	for i := range dst {
		dst[i] = a[i] == s
	}
}

func notEqualScalarGeneric(dst []bool, a []float32, s float32) {
	for i := range dst {
		dst[i] = a[i] != s
	}
}

func lessScalarGeneric(dst []bool, a []float32, s float32) {
	for i := range dst {
		dst[i] = a[i] < s
	}
}

func lessEqualScalarGeneric(dst []bool, a []float32, s float32) {
	for i := range dst {
		dst[i] = a[i] <= s
	}
}

func greaterScalarGeneric(dst []bool, a []float32, s float32) {
	for i := range dst {
		dst[i] = a[i] > s
	}
}

func greaterEqualScalarGeneric(dst []bool, a []float32, s float32) {
	for i := range dst {
		dst[i] = a[i] >= s
	}
}

func whereGeneric(dst []float32, cond []bool, a, b []float32) {
	for i, c := range cond {
		if c {
			dst[i] = a[i]
		} else {
			dst[i] = b[i]
		}
	}
}
