package unet

import "strconv"

// Variable is a trainable variable of the network, and where the network's twin in PyTorch has it.
type Variable struct {
	Name  string // below Scope, as in "input/weights"
	Shape []int
	Twin  Twin
}

// Twin is a parameter in the state dictionary of the twin, the class UNet of internal/peers/torch_am_unet.py:
// the same network on [batch, channels, height, width].
type Twin struct {
	Name string // as in "inp.weight"
	// Part of Parts equal ones along the first axis: query, key and value are one matrix there.
	Part, Parts int
	// Axes is the order of the twin's axes here: our axis i is axis Axes[i] there.
	Axes []int
}

// Variables lists the trainable variables of the network of c, which must be valid, in the order of its layers.
//
// Linear maps are [in, out] here and [out, in] there, convolutions [3, 3, in, out] and [out, in, 3, 3].
func Variables(c Config) []Variable {
	p, time := newPlan(c), 4*c.Base
	t := &table{time: time}
	t.dense("time/dense_0", "t1", c.Base, time)
	t.dense("time/dense_1", "t2", time, time)
	t.conv("input", "inp", p.input.in, p.input.out)
	for i, s := range p.down {
		twin := "down." + strconv.Itoa(i)
		if s.kind == downSampling {
			t.conv(s.name, twin, s.in, s.out)
			continue
		}
		t.residual(s.name, twin+".0", s)
		if s.attends {
			t.attention(s.name+"/attention", twin+".1", s.out)
		}
	}
	first, second := p.middle[0], p.middle[1]
	t.residual(first.name, "mid.0", first)
	t.attention(first.name+"/attention", "mid.1", first.out)
	t.residual(second.name, "mid.2", second)
	for i, s := range p.up {
		twin := "up." + strconv.Itoa(i)
		switch s.kind {
		case residual:
			t.residual(s.name, twin, s)
		case attention:
			t.attention(s.name, twin, s.out)
		default:
			t.conv(s.name, twin, s.in, s.out)
		}
	}
	t.norm("output", "out_n", p.output.in)
	t.conv("output", "out", p.output.in, p.output.out)
	return t.list
}

// table collects parameters; name is ours and twin the module there.
type table struct {
	time int // channels of the embedded time
	list []Variable
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

func (t *table) dense(name, twin string, in, out int) { t.densePart(name, twin, 0, 1, in, out) }

func (t *table) densePart(name, twin string, part, parts, in, out int) {
	t.add(name+"/weights", Twin{Name: twin + ".weight", Part: part, Parts: parts, Axes: []int{1, 0}}, in, out)
	t.add(name+"/biases", Twin{Name: twin + ".bias", Part: part, Parts: parts, Axes: []int{0}}, out)
}

func (t *table) residual(name, twin string, s stage) {
	t.norm(name+"/conv_0", twin+".n1", s.in)
	t.conv(name+"/conv_0", twin+".c1", s.in, s.out)
	t.dense(name+"/time", twin+".t", t.time, s.out)
	t.norm(name+"/conv_1", twin+".n2", s.out)
	t.conv(name+"/conv_1", twin+".c2", s.out, s.out)
	if s.in != s.out {
		t.dense(name+"/skip", twin+".skip", s.in, s.out)
	}
}

func (t *table) attention(name, twin string, c int) {
	t.norm(name, twin+".n", c)
	for part, of := range []string{"query", "key", "value"} {
		t.densePart(name+"/"+of, twin+".qkv", part, 3, c, c)
	}
	t.dense(name+"/output", twin+".o", c, c)
}
