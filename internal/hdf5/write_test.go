package hdf5

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// tree is a random group, and what [read] finds of it, with texts as it has them.
func tree(rng *rand.Rand, path string, depth int, found map[string][]string) *Node {
	n := &Node{}
	for k := range rng.IntN(4) {
		d, values := data(rng)
		n.Attributes = append(n.Attributes, Attribute{fmt.Sprintf("a%d", k), d})
		found[fmt.Sprintf("%s@a%d", path, k)] = values
	}
	for k := range rng.IntN(6) {
		name := fmt.Sprintf("é%d", k)
		inside := strings.TrimPrefix(path+"/"+name, "/")
		if depth < 3 && rng.IntN(3) == 0 {
			n.Add(name, tree(rng, inside, depth+1, found))
			continue
		}
		d, values := data(rng)
		n.Add(name, &Node{Data: &d})
		found[inside] = values
	}
	return n
}

// data are random ones of any kind, and what is read of them.
func data(rng *rand.Rand) (Data, []string) {
	shape, count := []int{}, 1
	for range rng.IntN(3) {
		shape = append(shape, rng.IntN(5))
		count *= shape[len(shape)-1]
	}
	values := []string{fmt.Sprint(shape)}
	switch rng.IntN(5) {
	case 0:
		return random(rng, shape, count, &values, func() float32 { return rng.Float32() })
	case 1:
		return random(rng, shape, count, &values, func() float64 { return rng.NormFloat64() })
	case 2:
		return random(rng, shape, count, &values, func() int16 { return int16(rng.Uint32()) })
	case 3:
		bools := make([]bool, count)
		for i := range bools {
			bools[i] = rng.IntN(2) == 1
			values = append(values, map[bool]string{true: "1", false: "0"}[bools[i]])
		}
		return Bools(shape, bools), values
	}
	texts := make([]string, count)
	for i := range texts {
		texts[i] = strings.Repeat("aé", rng.IntN(9))
		if rng.IntN(20) == 0 {
			texts[i] = strings.Repeat("x", rng.IntN(3000))
		}
		values = append(values, texts[i])
	}
	if rng.IntN(2) == 0 {
		return FixedTexts(shape, texts), values
	}
	return Texts(shape, texts), values
}

func random[T Number](rng *rand.Rand, shape []int, count int, values *[]string, draw func() T) (Data, []string) {
	list := make([]T, count)
	for i := range list {
		list[i] = draw()
		*values = append(*values, fmt.Sprint(float64(list[i])))
	}
	if rng.IntN(2) == 0 {
		return Numbers(shape, list), *values
	}
	return Blocks(shape, func(yield func([]T, error) bool) {
		for part := range slices.Chunk(list, 3) {
			if !yield(part, nil) {
				return
			}
		}
	}), *values
}

// Whatever is written is read as it was.
func TestWriteRead(t *testing.T) {
	for seed := range uint64(300) {
		want := map[string][]string{}
		root := tree(rand.New(rand.NewPCG(seed, 1)), "", 0, want)
		var buffer bytes.Buffer
		if err := Write(&buffer, root); err != nil {
			if strings.Contains(err.Error(), "64 KiB") {
				continue
			}
			t.Fatalf("seed %d: %v", seed, err)
		}
		got, err := read(buffer.Bytes())
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !maps.EqualFunc(got, want, func(a, b []string) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
			t.Fatalf("seed %d: got %.300v, want %.300v", seed, got, want)
		}
	}
}

// More texts than a collection of the heap has room for.
func TestWriteManyTexts(t *testing.T) {
	texts := make([]string, 20000)
	for i := range texts {
		texts[i] = fmt.Sprint("cell ", i)
	}
	d := Texts([]int{len(texts)}, texts)
	var buffer bytes.Buffer
	if err := Write(&buffer, &Node{Members: []Member{{"names", &Node{Data: &d}}}}); err != nil {
		t.Fatal(err)
	}
	got, err := read(buffer.Bytes())
	if err != nil || !slices.Equal(got["names"][1:], texts) {
		t.Errorf("%.100v, %v", got, err)
	}
}

// A block that can't be had and a disk that is full end the writing.
func TestWriteErrors(t *testing.T) {
	gone := errors.New("gone")
	d := Blocks([]int{2}, iter.Seq2[[]float64, error](func(yield func([]float64, error) bool) {
		_ = yield([]float64{1}, nil) && yield(nil, gone)
	}))
	if err := Write(io.Discard, &Node{Members: []Member{{"x", &Node{Data: &d}}}}); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
	long := Numbers([]int{1 << 16}, make([]float64, 1<<16))
	if err := Write(full{}, &Node{Members: []Member{{"x", &Node{Data: &long}}}}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
