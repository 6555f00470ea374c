package lenet

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"testing"

	"github.com/amgen/amgen/weights"
)

// reference is the network in plain loops and float64, on weights read from the file.
type reference map[string][]float64

func readReference(t *testing.T, dataset string) reference {
	t.Helper()
	file, err := weights.ReadFile(dataset + ".safetensors")
	if err != nil {
		t.Fatal(err)
	}
	r := reference{}
	for _, w := range file.Tensors {
		values := make([]float64, len(w.Data)/4)
		for i := range values {
			values[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(w.Data[4*i:])))
		}
		r[w.Name] = values
	}
	return r
}

// forward is the network of one 28×28 image.
func (r reference) forward(pixels []uint8) (features, logits []float64) {
	x := make([]float64, len(pixels))
	for i, v := range pixels {
		x[i] = float64(v) / 255
	}
	x = r.convolve("conv1", x, 28, 1, 16, 2)
	x = r.convolve("conv2", x, 14, 16, 32, 0)
	features = r.dense("dense", x)
	for i, v := range features {
		features[i] = silu(v)
	}
	return features, r.dense("logits", features)
}

// convolve is a 5×5 convolution, 2×2 max pooling, bias and SiLU of x [side, side, in].
func (r reference) convolve(layer string, x []float64, side, in, out, pad int) []float64 {
	kernel, biases := r["/lenet/"+layer+"/weights"], r["/lenet/"+layer+"/biases"]
	at := func(y, z, c int) float64 { // x, black outside
		if y < 0 || y >= side || z < 0 || z >= side {
			return 0
		}
		return x[(y*side+z)*in+c]
	}
	pooled := (side + 2*pad - 4) / 2
	result := make([]float64, pooled*pooled*out)
	for place := range pooled * pooled {
		for o := range out {
			best := math.Inf(-1)
			for corner := range 4 {
				top, left := 2*(place/pooled)+corner/2-pad, 2*(place%pooled)+corner%2-pad
				sum := 0.0
				for k := range 25 {
					for c := range in {
						sum += at(top+k/5, left+k%5, c) * kernel[(k*in+c)*out+o]
					}
				}
				best = max(best, sum)
			}
			result[place*out+o] = silu(best + biases[o])
		}
	}
	return result
}

func (r reference) dense(layer string, x []float64) []float64 {
	matrix, biases := r["/lenet/"+layer+"/weights"], r["/lenet/"+layer+"/biases"]
	out := make([]float64, len(biases))
	for o := range out {
		out[o] = biases[o]
		for i, v := range x {
			out[o] += v * matrix[i*len(biases)+o]
		}
	}
	return out
}

func silu(x float64) float64 { return x / (1 + math.Exp(-x)) }

// altered is the file of mnist with other tensors.
func altered(t *testing.T, change func([]weights.Tensor) []weights.Tensor) []byte {
	t.Helper()
	data, err := os.ReadFile("mnist.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	file, err := weights.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	file.Tensors = change(file.Tensors)
	var out bytes.Buffer
	if _, err := file.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
