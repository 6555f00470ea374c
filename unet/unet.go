// Package unet builds the convolutional U-Net that amgen trains as an action: a scalar potential s(t, x) of an image
// x at time t, whose gradient ∇ₓs is the velocity of the flow from noise to images.
//
// The network h(t, x) is the one of denoising diffusion (Ho et al. 2020, arXiv:2006.11239; Song et al. 2021,
// arXiv:2011.13456, "DDPM"): residual blocks with group normalisation, SiLU, dropout and an injected time embedding,
// self-attention at chosen resolutions, strided convolutions on the way down, nearest-neighbour up-sampling with
// convolutions on the way up, and a concatenation across at each block. Action makes a scalar of it (Neklyudov et al.
// 2023, arXiv:2210.06662).
//
// Images are [batch, height, width, channels]. Everything here builds graphs, so it panics where shapes do not fit; a
// Config is checked beforehand by Validate. Layers keep tensors in that one layout and touch them with operands of
// shape [batch, 1, 1, channels] only, which backends fuse.
package unet

import (
	"github.com/amgen/amgen/internal/autodiff"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// Scope holds all variables of the network.
const Scope = "unet"

// Network returns the function h(t, x) of cfg: t [batch], x [batch, size, size, channels+conditionChannels] →
// [batch, size, size, channels]. The result panics if x has another shape.
//
// Variables are created under Scope on first use, in the type of x, and shared by later uses in the same context. A
// network with classes is told none, see [ClassNetwork].
func Network(cfg Config) func(vars *mlcontext.Context, t, x *graph.Node) *graph.Node {
	h := network(cfg)
	return func(vars *mlcontext.Context, t, x *graph.Node) *graph.Node { return h(vars, t, x, told{}) }
}

// told is what a network is told beside t and x; nil is the null label, and images as they are.
type told struct {
	class   *graph.Node // [batch] int32
	augment *graph.Node // [batch, cfg.Augment]
}

// network is h(t, x, told).
func network(cfg Config) func(vars *mlcontext.Context, t, x *graph.Node, told told) *graph.Node {
	plan := newPlan(cfg)
	return func(vars *mlcontext.Context, t, x *graph.Node, told told) *graph.Node {
		b := builder{vars: vars.In(Scope).Checked(false), convention: cfg.Convention, dropout: cfg.Dropout,
			wide: x.DType(), narrow: x.DType()}
		if cfg.BFloat16 {
			b.narrow = dtypes.BFloat16
		}
		e := b.addClass(b.embedTime(t, cfg.Base, cfg.TimeScale), told.class, cfg.Classes)
		e = b.addAugment(e, told.augment, cfg.Augment)
		e = b.narrowed(autodiff.SiLU(e)) // [batch, 4·base]: all blocks use it so
		h := b.in("input").conv(joined{patches(b.narrowed(x), cfg.patch())}, plan.input)
		across := []*graph.Node{h}
		for _, s := range plan.down {
			h = b.stage(s, joined{h}, e)
			across = append(across, h)
		}
		for _, s := range plan.middle {
			h = b.stage(s, joined{h}, e)
		}
		for _, s := range plan.up {
			in := joined{h}
			if s.joins > 0 {
				last := len(across) - 1
				in, across = joined{h, across[last]}.suited(), across[:last]
			}
			h = b.stage(s, in, e)
		}
		out := b.in("output")
		return pixels(b.widened(out.conv(out.normSiLU(joined{h}), plan.output)), cfg.patch())
	}
}

// builder carries what layers need besides tensors.
type builder struct {
	vars       *mlcontext.Context
	convention Convention
	dropout    float64

	wide, narrow dtypes.DType // of parameters and statistics; of the products
}

func (b builder) widened(x *graph.Node) *graph.Node  { return graph.ConvertDType(x, b.wide) }
func (b builder) narrowed(x *graph.Node) *graph.Node { return graph.ConvertDType(x, b.narrow) }

func (b builder) in(scope string) builder {
	b.vars = b.vars.In(scope)
	return b
}

// stage applies one stage of the plan to x; e is the embedded time.
func (b builder) stage(s stage, x joined, e *graph.Node) *graph.Node {
	b = b.in(s.name)
	switch s.kind {
	case downSampling:
		return b.conv(x, convolution{in: s.in, out: s.out, size: s.size, stride: 2})
	case upSampling:
		return b.conv(x, convolution{in: s.in, out: s.out, size: s.size, stride: 1, doubles: true})
	case attention:
		return b.attention(x.tensor())
	}
	h := b.residual(x, e, s.out)
	if s.attends {
		h = b.in("attention").attention(h)
	}
	return h
}
