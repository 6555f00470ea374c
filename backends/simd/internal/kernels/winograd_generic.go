package kernels

func winogradInputGeneric(dst []float32, step int, a, b []float32, subtract bool, tiles, channels int) {
	for t := range tiles {
		for c := range channels {
			var d [4]float32
			for j := range d {
				at := (2*t+j)*channels + c
				if d[j] = a[at] + b[at]; subtract {
					d[j] = a[at] - b[at]
				}
			}
			at := t*channels + c
			dst[at] = d[0] - d[2]
			dst[at+step] = d[1] + d[2]
			dst[at+2*step] = d[2] - d[1]
			dst[at+3*step] = d[1] - d[3]
		}
	}
}

func winogradOutputGeneric(top, bottom, src []float32, step, tiles, features int) {
	for t := range tiles {
		for o := range features {
			var y [4][2]float32
			for i := range y {
				at := 4*i*step + t*features + o
				y[i][0] = src[at+step] + src[at+2*step] + src[at]
				y[i][1] = src[at+step] - src[at+2*step] - src[at+3*step]
			}
			for j := range 2 {
				at := (2*t+j)*features + o
				top[at] = y[1][j] + y[2][j] + y[0][j]
				bottom[at] = y[1][j] - y[2][j] - y[3][j]
			}
		}
	}
}
