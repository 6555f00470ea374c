package unet

import (
	"strconv"
	"strings"
)

// Variable is a trainable variable of the network, and where the network's twin in PyTorch has it.
type Variable struct {
	Name  string // below Scope, as in "input/weights"
	Shape []int
	Twin  Twin
}

// Twin is a parameter in the state dictionary of the same network in PyTorch, on [batch, channels, height, width]: the
// class UNet of internal/peers/torch_am_unet.py or, by the convention Authors, their class ActionNet.
type Twin struct {
	Name string // as in "inp.weight"
	// Part of Parts equal ones along the first axis: query, key and value are one matrix there.
	Part, Parts int
	// Axes is the order of the twin's axes here: our axis i is axis Axes[i] there.
	Axes []int
}

// Variables lists the trainable variables of the network of c, which must be valid, in the order of its layers; by the
// convention Authors that is also the order of the twin's parameters.
//
// Linear maps are [in, out] here and [out, in] in the twin, but for those of the Authors' pixels; convolutions are
// [3, 3, in, out] here and [out, in, 3, 3] there.
func Variables(c Config) []Variable {
	p, time := newPlan(c), 4*c.Base
	t := &table{convention: c.Convention, time: time}
	t.dense("time/dense_0", t.layer("t1"), c.Base, time)
	t.dense("time/dense_1", t.layer("t2"), time, time)
	if labels := c.labels(); labels > 0 {
		t.add("class/embedding", Twin{Name: t.layer("cls") + ".weight", Axes: []int{0, 1}}, labels, time)
	}
	if c.Augment > 0 {
		t.add("augment/embedding", Twin{Name: t.layer("aug") + ".weight", Axes: []int{1, 0}}, c.Augment, time)
	}
	t.conv("input", t.layer("inp"), p.input.in, p.input.out)
	for i, s := range p.down {
		twin := "down." + strconv.Itoa(i)
		if s.kind == downSampling {
			t.sampling(s.name, t.layer(twin), s)
			continue
		}
		t.residual(s.name, t.layer(twin+".0"), s)
		if s.attends {
			t.attention(s.name+"/attention", t.layer(twin+".1"), s.out)
		}
	}
	first, second := p.middle[0], p.middle[1]
	t.residual(first.name, t.layer("mid.0"), first)
	t.attention(first.name+"/attention", t.layer("mid.1"), first.out)
	t.residual(second.name, t.layer("mid.2"), second)
	for i, s := range p.up {
		twin := t.layer("up." + strconv.Itoa(i))
		switch s.kind {
		case residual:
			t.residual(s.name, twin, s)
		case attention:
			t.attention(s.name, twin, s.out)
		default:
			t.sampling(s.name, twin, s)
		}
	}
	t.norm("output", t.layer("out_n"), p.output.in)
	t.conv("output", t.layer("out"), p.output.in, p.output.out)
	return t.list
}

// table collects parameters; name is ours and twin the module there.
type table struct {
	convention Convention
	time       int // channels of the embedded time
	layers     int // so far
	list       []Variable
}

// layer names the twin's next layer, which Authors number.
func (t *table) layer(twin string) string {
	if t.convention == Authors {
		twin = "all_modules." + strconv.Itoa(t.layers)
	}
	t.layers++
	return twin
}

// either is what the layer twin has by the name own, or by the convention Authors theirs.
func (t *table) either(twin, own, theirs string) string {
	if t.convention == Authors {
		own = theirs
	}
	return strings.TrimSuffix(twin+"."+own, ".")
}

func (t *table) add(name string, twin Twin, shape ...int) {
	twin.Parts = max(1, twin.Parts)
	t.list = append(t.list, Variable{Name: name, Shape: shape, Twin: twin})
}

func (t *table) norm(name, twin string, c int) {
	t.add(name+"/norm/scale", Twin{Name: twin + ".weight", Axes: []int{0}}, c)
	t.add(name+"/norm/offset", Twin{Name: twin + ".bias", Axes: []int{0}}, c)
}

func (t *table) conv(name, twin string, in, out int) {
	t.add(name+"/weights", Twin{Name: twin + ".weight", Axes: []int{2, 3, 1, 0}}, 3, 3, in, out)
	t.add(name+"/biases", Twin{Name: twin + ".bias", Axes: []int{0}}, out)
}

func (t *table) sampling(name, twin string, s stage) {
	t.conv(name, t.either(twin, "", "Conv_0"), s.in, s.out)
}

func (t *table) dense(name, twin string, in, out int) { t.densePart(name, twin, 0, 1, in, out) }

func (t *table) densePart(name, twin string, part, parts, in, out int) {
	t.add(name+"/weights", Twin{Name: twin + ".weight", Part: part, Parts: parts, Axes: []int{1, 0}}, in, out)
	t.add(name+"/biases", Twin{Name: twin + ".bias", Part: part, Parts: parts, Axes: []int{0}}, out)
}

// pixels is a dense map of the channels of each pixel, the part of a layer; the Authors' have each a layer NIN_K.
func (t *table) pixels(name, twin, own string, part, parts, theirs, in, out int) {
	if t.convention != Authors {
		t.densePart(name, twin+"."+own, part, parts, in, out)
		return
	}
	twin += ".NIN_" + strconv.Itoa(theirs)
	t.add(name+"/weights", Twin{Name: twin + ".W", Axes: []int{0, 1}}, in, out)
	t.add(name+"/biases", Twin{Name: twin + ".b", Axes: []int{0}}, out)
}

func (t *table) residual(name, twin string, s stage) {
	t.norm(name+"/conv_0", t.either(twin, "n1", "GroupNorm_0"), s.in)
	t.conv(name+"/conv_0", t.either(twin, "c1", "Conv_0"), s.in, s.out)
	t.dense(name+"/time", t.either(twin, "t", "Dense_0"), t.time, s.out)
	t.norm(name+"/conv_1", t.either(twin, "n2", "GroupNorm_1"), s.out)
	t.conv(name+"/conv_1", t.either(twin, "c2", "Conv_1"), s.out, s.out)
	if s.in != s.out {
		t.pixels(name+"/skip", twin, "skip", 0, 1, 0, s.in, s.out)
	}
}

func (t *table) attention(name, twin string, c int) {
	t.norm(name, t.either(twin, "n", "GroupNorm_0"), c)
	for part, of := range []string{"query", "key", "value"} {
		t.pixels(name+"/"+of, twin, "qkv", part, 3, part, c, c)
	}
	t.pixels(name+"/output", twin, "o", 0, 1, 3, c, c)
}
