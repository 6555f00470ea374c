package hdf5

import (
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
)

// Number is what numbers are written of, little-endian.
type Number interface {
	float32 | float64 | int8 | int16 | int32 | int64
}

// Data are the values of an array or an attribute to write. A shape without dimensions is that of a value by itself.
type Data struct {
	shape   []int
	count   int    // of the values, −1 where it isn't known yet
	encoded []byte // the type, as a header has it
	width   int    // bytes of an element
	texts   []string
	isText  bool // of any length, which lie in heaps
	// write puts the bytes of the elements, of which there must be as many as the shape says. Those of texts in heaps
	// are references.
	write func(put func([]byte) error, references iter.Seq[[]byte], path string) error
}

// size is the number of bytes of the elements; ok is false for a shape beyond what memory has.
func (d Data) size() (size int, ok bool) { return product(d.shape, d.width) }

// miscounted is the error for data with another number of values than the shape says.
func (d Data) miscounted(path string) error {
	return fmt.Errorf("hdf5: %s has another number of values than its shape %v; give as many", shown(path), d.shape)
}

// Numbers are values in the order of the last dimension.
func Numbers[T Number](shape []int, values []T) Data {
	d := Blocks(shape, func(yield func([]T, error) bool) { yield(values, nil) })
	d.count = len(values)
	return d
}

// Blocks are values in the order of the last dimension, in blocks of any lengths, which are encoded one after the
// other. Their errors are those of [Write].
func Blocks[T Number](shape []int, blocks iter.Seq2[[]T, error]) Data {
	encoded, width := numberType[T]()
	d := Data{shape: slices.Clone(shape), count: -1, encoded: encoded, width: width}
	d.write = func(put func([]byte) error, _ iter.Seq[[]byte], path string) error {
		left, _ := product(shape, 1)
		var buffer []byte
		for block, err := range blocks {
			if err != nil {
				return err
			}
			if left -= len(block); left < 0 {
				return d.miscounted(path)
			}
			const most = 1 << 13
			for part := range slices.Chunk(block, most) {
				if buffer, err = binary.Append(buffer[:0], binary.LittleEndian, part); err == nil {
					err = put(buffer)
				}
				if err != nil {
					return err
				}
			}
		}
		if left != 0 {
			return d.miscounted(path)
		}
		return nil
	}
	return d
}

// Bools are False and True, as h5py writes them.
func Bools(shape []int, values []bool) Data {
	bytes := make([]int8, len(values))
	for i, v := range values {
		if v {
			bytes[i] = 1
		}
	}
	d := Numbers(shape, bytes)
	d.encoded = boolType(d.encoded)
	return d
}

// Texts are texts of any length.
func Texts(shape []int, texts []string) Data {
	const width = 16
	d := Data{shape: slices.Clone(shape), count: len(texts), encoded: longTextType(), width: width, texts: texts,
		isText: true}
	d.write = func(put func([]byte) error, references iter.Seq[[]byte], _ string) error {
		for b := range references {
			if err := put(b); err != nil {
				return err
			}
		}
		return nil
	}
	return d
}

// FixedTexts are texts in as many bytes each as the longest takes, filled up with zeros.
func FixedTexts(shape []int, texts []string) Data {
	width := 1
	for _, text := range texts {
		width = max(width, len(text))
	}
	d := Data{shape: slices.Clone(shape), count: len(texts), encoded: fixedTextType(width), width: width, texts: texts}
	d.write = func(put func([]byte) error, _ iter.Seq[[]byte], _ string) error {
		b := make([]byte, width)
		for _, text := range texts {
			clear(b[copy(b, text):])
			if err := put(b); err != nil {
				return err
			}
		}
		return nil
	}
	return d
}

// OneText is a text by itself.
func OneText(text string) Data { return Texts(nil, []string{text}) }
