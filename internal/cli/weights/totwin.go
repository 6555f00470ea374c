package weights

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/unet"
	"github.com/amgen/amgen/weights"
)

// twinTensors arranges the parameters of a U-Net as the state dictionary of its twin in PyTorch, in the order of its
// layers.
func twinTensors(list []weights.Tensor, p run.Pretrained) ([]weights.Tensor, error) {
	if p.Config.Points() {
		return nil, flags.Usagef("--format %s is for networks of images, and %s has points; leave it out for a "+
			"safetensors file, which python/amgen_torch.py reads", pytorchFormat, p.Config.Dataset)
	}
	var net unet.Config
	if err := json.Unmarshal(p.Checkpoint.Architecture, &net); err != nil {
		return nil, fmt.Errorf("architecture of the checkpoint: %w", err)
	}
	if err := net.Validate(); err != nil {
		return nil, err
	}
	have := map[string]weights.Tensor{}
	for _, t := range list {
		have[t.Name] = t
	}
	var out []weights.Tensor
	for _, v := range unet.Variables(net) {
		t, ok := have[scoped(v)]
		if !ok || !slices.Equal(t.Shape, v.Shape) {
			return nil, fmt.Errorf("tensor %s, of which the network has %v: %w", scoped(v), t.Shape,
				weights.ErrArchitecture)
		}
		inverse := make([]int, len(v.Twin.Axes))
		for i, axis := range v.Twin.Axes {
			inverse[axis] = i
		}
		t, err := t.Transpose(inverse...)
		if err != nil {
			return nil, err
		}
		if t.Name = v.Twin.Name; v.Twin.Part > 0 { // it continues the one before
			k := slices.IndexFunc(out, func(o weights.Tensor) bool { return o.Name == t.Name })
			out[k].Data = append(slices.Clone(out[k].Data), t.Data...)
			out[k].Shape[0] += t.Shape[0]
			continue
		}
		out = append(out, t)
	}
	return out, nil
}
