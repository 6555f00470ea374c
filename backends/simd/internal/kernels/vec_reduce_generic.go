package kernels

import "math"

// sumGeneric is foldGeneric with addition, written out because it is common and a call an element is slow.
func sumGeneric(a []float32) float32 {
	var lanes [reduceLanes]float32
	for ; len(a) >= reduceLanes; a = a[reduceLanes:] {
		for l, v := range a[:reduceLanes] {
			lanes[l] += v
		}
	}
	for l, v := range a {
		lanes[l] += v
	}
	for half := reduceLanes / 2; half > 0; half /= 2 {
		for l := range half {
			lanes[l] += lanes[l+half]
		}
	}
	return lanes[0]
}

func reduceMaxGeneric(a []float32) float32 {
	return foldGeneric(a, float32(math.Inf(-1)), max1)
}

func reduceMinGeneric(a []float32) float32 {
	return foldGeneric(a, float32(math.Inf(1)), min1)
}

// foldGeneric reduces a by op in the order that reduceLanes describes, every lane starting from init.
func foldGeneric(a []float32, init float32, op func(x, y float32) float32) float32 {
	var lanes [reduceLanes]float32
	for l := range lanes {
		lanes[l] = init
	}
	for i, v := range a {
		l := i % reduceLanes
		lanes[l] = op(lanes[l], v)
	}
	for half := reduceLanes / 2; half > 0; half /= 2 {
		for l := range half {
			lanes[l] = op(lanes[l], lanes[l+half])
		}
	}
	return lanes[0]
}
