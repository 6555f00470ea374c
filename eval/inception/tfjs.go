package inception

import (
	"bytes"
	"fmt"
	"math"

	"github.com/amgen/amgen/eval/internal/pretrained"
	"github.com/amgen/amgen/weights"
)

// dequantise returns the tensors of a TensorFlow.js model whose manifest is in a minified script: each is so many bytes
// of the shards, one behind the other, and byte q stands for q·scale + min.
func dequantise(script, shards []byte) ([]weights.Tensor, error) {
	entries, err := manifest(script)
	if err != nil {
		return nil, err
	}
	var list []weights.Tensor
	for _, e := range entries {
		n := 1
		for _, d := range e.shape {
			if n *= d; n > len(shards) {
				return nil, fmt.Errorf("inception: tensor %.100q, got shape %v with %d bytes left; fetch the shards "+
					"again", e.name, e.shape, len(shards))
			}
		}
		values := make([]float32, n)
		for i, q := range shards[:n] {
			values[i] = float32(float64(q)*e.scale + e.min)
		}
		shards = shards[n:]
		list = append(list, pretrained.Tensor(e.name, values, e.shape...))
	}
	if len(shards) > 0 {
		return nil, fmt.Errorf("inception: shards, got %d bytes beyond the last tensor; fetch them again", len(shards))
	}
	return list, nil
}

// quantised is a tensor of the manifest.
type quantised struct {
	name       string
	shape      []int
	min, scale float64
}

// manifest reads the list of tensors in a script.
func manifest(script []byte) ([]quantised, error) {
	const key = "weightsManifest:"
	at := bytes.Index(script, []byte(key))
	if at < 0 {
		return nil, fmt.Errorf("inception: model script, got one without %s; fetch it again", key)
	}
	p := &literal{text: script, at: at + len(key)}
	value, err := p.value()
	if err != nil {
		return nil, err
	}
	groups, _ := value.([]any)
	var list []quantised
	for _, group := range groups {
		object, _ := group.(map[string]any)
		tensors, _ := object["weights"].([]any)
		for _, t := range tensors {
			q, err := newQuantised(t)
			if err != nil {
				return nil, err
			}
			list = append(list, q)
		}
	}
	return list, nil
}

func newQuantised(entry any) (quantised, error) {
	object, _ := entry.(map[string]any)
	how, _ := object["quantization"].(map[string]any)
	name, ok1 := object["name"].(string)
	shape, ok2 := object["shape"].([]any)
	low, ok3 := how["min"].(float64)
	scale, ok4 := how["scale"].(float64)
	if !ok1 || !ok2 || !ok3 || !ok4 || how["dtype"] != "uint8" || object["dtype"] != "float32" {
		return quantised{}, fmt.Errorf("inception: tensor %.100q of the manifest, got another form than float32 "+
			"quantised to uint8; fetch it again", name)
	}
	q := quantised{name: name, min: low, scale: scale}
	for _, d := range shape {
		size, ok := d.(float64)
		if !ok || size < 1 || size > math.MaxInt32 || size != math.Trunc(size) {
			return quantised{}, fmt.Errorf("inception: tensor %.100q of the manifest, got shape %v; fetch it again",
				name, shape)
		}
		q.shape = append(q.shape, int(size))
	}
	return q, nil
}
