package inception

import (
	"encoding/binary"
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/weights"
)

// epsilon is added to the variances, in TensorFlow's network, in its port and in the Keras one.
const epsilon = 1e-3

// fcPath is the scope of the FID network's last layer.
const fcPath = "/fc"

// fromPyTorch brings the state dictionary of the FID network to this package's form: kernels [out, in, height, width]
// to [height, width, in, out], each with its batch normalisation folded in, the last layer [out, in] to [in, out].
func fromPyTorch(list []weights.Tensor) ([]weights.Tensor, error) {
	have := named(list)
	var out []weights.Tensor
	for _, l := range layers() {
		kernel, err := have.take(l.name+".conv.weight", l.out, l.in, l.height, l.width)
		if err != nil {
			return nil, err
		}
		n := norm{}
		err = have.fill(l.name+".bn.", l.out, map[string]*[]float32{
			"weight": &n.gamma, "bias": &n.beta, "running_mean": &n.mean, "running_var": &n.variance})
		if err != nil {
			return nil, err
		}
		src := floats(kernel)
		out = append(out, n.fold(l, func(tap, in, out int) float32 {
			return src[(out*l.in+in)*l.height*l.width+
				tap]
		})...)
	}
	weight, err := have.take("fc.weight", fidClasses, Dim)
	if err != nil {
		return nil, err
	}
	bias, err := have.take("fc.bias", fidClasses)
	if err != nil {
		return nil, err
	}
	src, matrix := floats(weight), make([]float32, Dim*fidClasses)
	for o := range fidClasses {
		for i := range Dim {
			matrix[i*fidClasses+o] = src[o*Dim+i]
		}
	}
	return append(out, tensor(fcPath+"/weights", matrix, Dim, fidClasses),
		tensor(fcPath+"/biases", floats(bias), fidClasses)), nil
}

// norm is the batch normalisation behind a convolution: γ (x − mean)/√(variance + ε) + β. Without γ it is 1.
type norm struct{ gamma, beta, mean, variance []float32 }

// fold makes one layer of a convolution and its normalisation. kernel returns the weight of a tap, counted row by row,
// from a channel in to a channel out.
func (n norm) fold(l layer, kernel func(tap, in, out int) float32) []weights.Tensor {
	scales, biases := make([]float64, l.out), make([]float32, l.out)
	for o := range scales {
		scales[o] = 1 / math.Sqrt(float64(n.variance[o])+epsilon)
		if n.gamma != nil {
			scales[o] *= float64(n.gamma[o])
		}
		biases[o] = float32(float64(n.beta[o]) - float64(n.mean[o])*scales[o])
	}
	taps := l.height * l.width
	folded := make([]float32, 0, taps*l.in*l.out)
	for tap := range taps {
		for in := range l.in {
			for o, scale := range scales {
				folded = append(folded, float32(float64(kernel(tap, in, o))*scale))
			}
		}
	}
	return []weights.Tensor{tensor(l.path()+"/weights", folded, l.height, l.width, l.in, l.out),
		tensor(l.path()+"/biases", biases, l.out)}
}

// tensor stores float32 values.
func tensor(name string, values []float32, shape ...int) weights.Tensor {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return weights.Tensor{Name: name, DType: dtypes.Float32, Shape: shape, Data: data}
}

// floats are the values of a float32 tensor.
func floats(t weights.Tensor) []float32 {
	values := make([]float32, len(t.Data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
	}
	return values
}
