package pretrained

import (
	"encoding/binary"
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/weights"
)

// epsilon is added to the variances, in all networks here: TensorFlow's, their ports, and that of Keras.
const epsilon = 1e-3

// Norm is the batch normalisation behind a convolution: γ (x − mean)/√(variance + ε) + β. Without γ it is 1.
type Norm struct{ Gamma, Beta, Mean, Variance []float32 }

// Fold makes one layer of a convolution and its normalisation: path/weights of a shape [height, width, in, out], and
// path/biases [out]. kernel returns the weight of a tap, counted row by row, from a channel in to a channel out.
func (n Norm) Fold(path string, shape []int, kernel func(tap, in, out int) float32) []weights.Tensor {
	taps, ins, outs := shape[0]*shape[1], shape[2], shape[3]
	scales, biases := make([]float64, outs), make([]float32, outs)
	for o := range scales {
		scales[o] = 1 / math.Sqrt(float64(n.Variance[o])+epsilon)
		if n.Gamma != nil {
			scales[o] *= float64(n.Gamma[o])
		}
		biases[o] = float32(float64(n.Beta[o]) - float64(n.Mean[o])*scales[o])
	}
	folded := make([]float32, 0, taps*ins*outs)
	for tap := range taps {
		for in := range ins {
			for o, scale := range scales {
				folded = append(folded, float32(float64(kernel(tap, in, o))*scale))
			}
		}
	}
	return []weights.Tensor{Tensor(path+"/weights", folded, shape...), Tensor(path+"/biases", biases, outs)}
}

// FromPyTorch folds a convolution of a PyTorch state dictionary, [out, in, height, width], and the normalisation behind
// it, into a layer of a shape [height, width, in, out].
func (m Tensors) FromPyTorch(convolution, normalisation, path string, shape []int) ([]weights.Tensor, error) {
	height, width, ins, outs := shape[0], shape[1], shape[2], shape[3]
	kernel, err := m.Take(convolution+".weight", outs, ins, height, width)
	if err != nil {
		return nil, err
	}
	var n Norm
	if err := m.Fill(normalisation+".", outs, map[string]*[]float32{"weight": &n.Gamma, "bias": &n.Beta,
		"running_mean": &n.Mean, "running_var": &n.Variance}); err != nil {
		return nil, err
	}
	src, taps := Floats(kernel), height*width
	return n.Fold(path, shape, func(tap, in, out int) float32 { return src[(out*ins+in)*taps+tap] }), nil
}

// LinearFromPyTorch brings a fully connected layer of a PyTorch state dictionary, [out, in] and [out], to path/weights
// [in, out] and path/biases [out].
func (m Tensors) LinearFromPyTorch(name, path string, ins, outs int) ([]weights.Tensor, error) {
	weight, err := m.Take(name+".weight", outs, ins)
	if err != nil {
		return nil, err
	}
	bias, err := m.Take(name+".bias", outs)
	if err != nil {
		return nil, err
	}
	src, matrix := Floats(weight), make([]float32, ins*outs)
	for o := range outs {
		for i := range ins {
			matrix[i*outs+o] = src[o*ins+i]
		}
	}
	return []weights.Tensor{Tensor(path+"/weights", matrix, ins, outs), Tensor(path+"/biases", Floats(bias), outs)}, nil
}

// Tensor stores float32 values.
func Tensor(name string, values []float32, shape ...int) weights.Tensor {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return weights.Tensor{Name: name, DType: dtypes.Float32, Shape: shape, Data: data}
}

// Floats are the values of a float32 tensor.
func Floats(t weights.Tensor) []float32 {
	values := make([]float32, len(t.Data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
	}
	return values
}
