package inception

import "strings"

// layer is one of the 94 convolutions, with the batch normalisation that follows it folded in, and a rectifier behind.
type layer struct {
	name     string // that of torchvision, such as Mixed_5b.branch5x5_1
	height   int    // of the kernel
	width    int
	in, out  int // channels
	stride   int
	unpadded bool // otherwise zeros keep the size of the image
}

// path is the layer's scope, under which its variables are.
func (l layer) path() string { return "/" + strings.ReplaceAll(l.name, ".", "/") }

// shape is the kernel's.
func (l layer) shape() []int { return []int{l.height, l.width, l.in, l.out} }

// layers lists the convolutions of Szegedy et al., Rethinking the Inception Architecture for Computer Vision, 2016, in
// the order in which Keras numbers them.
func layers() []layer {
	square := func(name string, size, in, out, stride int, unpadded bool) layer {
		return layer{name: name, height: size, width: size, in: in, out: out, stride: stride, unpadded: unpadded}
	}
	list := []layer{
		square("Conv2d_1a_3x3", 3, 3, 32, 2, true),
		square("Conv2d_2a_3x3", 3, 32, 32, 1, true),
		square("Conv2d_2b_3x3", 3, 32, 64, 1, false),
		square("Conv2d_3b_1x1", 1, 64, 80, 1, true),
		square("Conv2d_4a_3x3", 3, 80, 192, 1, true),
	}
	list = append(list, layersA("Mixed_5b", 192, 32)...)
	list = append(list, layersA("Mixed_5c", 256, 64)...)
	list = append(list, layersA("Mixed_5d", 288, 64)...)
	list = append(list,
		square("Mixed_6a.branch3x3", 3, 288, 384, 2, true),
		square("Mixed_6a.branch3x3dbl_1", 1, 288, 64, 1, false),
		square("Mixed_6a.branch3x3dbl_2", 3, 64, 96, 1, false),
		square("Mixed_6a.branch3x3dbl_3", 3, 96, 96, 2, true))
	list = append(list, layersC("Mixed_6b", 128)...)
	list = append(list, layersC("Mixed_6c", 160)...)
	list = append(list, layersC("Mixed_6d", 160)...)
	list = append(list, layersC("Mixed_6e", 192)...)
	list = append(list,
		square("Mixed_7a.branch3x3_1", 1, 768, 192, 1, false),
		square("Mixed_7a.branch3x3_2", 3, 192, 320, 2, true),
		square("Mixed_7a.branch7x7x3_1", 1, 768, 192, 1, false),
		layer{"Mixed_7a.branch7x7x3_2", 1, 7, 192, 192, 1, false},
		layer{"Mixed_7a.branch7x7x3_3", 7, 1, 192, 192, 1, false},
		square("Mixed_7a.branch7x7x3_4", 3, 192, 192, 2, true))
	list = append(list, layersE("Mixed_7b", 1280)...)
	return append(list, layersE("Mixed_7c", 2048)...)
}

// layersA are those of a block at 35×35: windows of 1×1, 5×5 and twice 3×3.
func layersA(name string, in, pooled int) []layer {
	return []layer{
		{name + ".branch1x1", 1, 1, in, 64, 1, false},
		{name + ".branch5x5_1", 1, 1, in, 48, 1, false},
		{name + ".branch5x5_2", 5, 5, 48, 64, 1, false},
		{name + ".branch3x3dbl_1", 1, 1, in, 64, 1, false},
		{name + ".branch3x3dbl_2", 3, 3, 64, 96, 1, false},
		{name + ".branch3x3dbl_3", 3, 3, 96, 96, 1, false},
		{name + ".branch_pool", 1, 1, in, pooled, 1, false},
	}
}

// layersC are those of a block at 17×17: windows of 7×7 as rows and columns, between them so many channels.
func layersC(name string, between int) []layer {
	const in, out = 768, 192
	return []layer{
		{name + ".branch1x1", 1, 1, in, out, 1, false},
		{name + ".branch7x7_1", 1, 1, in, between, 1, false},
		{name + ".branch7x7_2", 1, 7, between, between, 1, false},
		{name + ".branch7x7_3", 7, 1, between, out, 1, false},
		{name + ".branch7x7dbl_1", 1, 1, in, between, 1, false},
		{name + ".branch7x7dbl_2", 7, 1, between, between, 1, false},
		{name + ".branch7x7dbl_3", 1, 7, between, between, 1, false},
		{name + ".branch7x7dbl_4", 7, 1, between, between, 1, false},
		{name + ".branch7x7dbl_5", 1, 7, between, out, 1, false},
		{name + ".branch_pool", 1, 1, in, out, 1, false},
	}
}

// layersE are those of a block at 8×8, whose branches end in a row beside a column.
func layersE(name string, in int) []layer {
	return []layer{
		{name + ".branch1x1", 1, 1, in, 320, 1, false},
		{name + ".branch3x3_1", 1, 1, in, 384, 1, false},
		{name + ".branch3x3_2a", 1, 3, 384, 384, 1, false},
		{name + ".branch3x3_2b", 3, 1, 384, 384, 1, false},
		{name + ".branch3x3dbl_1", 1, 1, in, 448, 1, false},
		{name + ".branch3x3dbl_2", 3, 3, 448, 384, 1, false},
		{name + ".branch3x3dbl_3a", 1, 3, 384, 384, 1, false},
		{name + ".branch3x3dbl_3b", 3, 1, 384, 384, 1, false},
		{name + ".branch_pool", 1, 1, in, 192, 1, false},
	}
}
