package simd

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

const mib = 1 << 20

// limitedTo returns a backend that may hold so many MiB.
func limitedTo(t *testing.T, config string) *Backend {
	b, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Finalize)
	return b.(*Backend)
}

// wants fails unless err names each of the texts and carries no stack of a panic.
func wants(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("got no error, want one with %q", texts)
		return
	}
	for _, text := range append(texts, "smaller batch") {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("got %q, want an error with %q", err, text)
		}
	}
	if strings.Contains(err.Error(), "goroutine") {
		t.Errorf("the error shows a stack: %v", err)
	}
}

// reversedTwice compiles x → reverse(reverse(x) along rows) along columns, with an intermediate value of x's size.
func reversedTwice(b *Backend, rows, columns int) (backends.Executable, error) {
	builder := b.Builder("reversed")
	x, err := builder.Parameter("x", shapes.Make(dtypes.Float32, rows, columns), nil)
	if err != nil {
		return nil, err
	}
	y, err := builder.Reverse(x, 0)
	if err != nil {
		return nil, err
	}
	if y, err = builder.Exp(y); err != nil {
		return nil, err
	}
	if y, err = builder.Reverse(y, 1); err != nil {
		return nil, err
	}
	return builder.Compile([]backends.Op{y}, nil)
}

// TestTooLargeToCompile plans for more than the limit, and without one for more than any machine has.
func TestTooLargeToCompile(t *testing.T) {
	b := limitedTo(t, "memory=8MiB")
	if _, err := reversedTwice(b, 1024, 512); err != nil {
		t.Errorf("2 MiB each for input, intermediate value and result were refused: %v", err)
	}
	_, err := reversedTwice(b, 1024, 2048)
	wants(t, err, `"reversed" needs 16.0MiB`, "8.0MiB for intermediate values", "allows 8.0MiB", "Float32)[1024 2048]")
	if InstalledMemory() != math.MaxInt64 {
		_, err = reversedTwice(limitedTo(t, ""), 1<<22, 1<<22)
		wants(t, err, "needs 128.0TiB", "64.0TiB for results", "there are ")
	}
}

// TestOutOfMemory asks for more than the limit in each way that there is. What was refused must not count as held.
func TestOutOfMemory(t *testing.T) {
	b := limitedTo(t, "memory=8MiB")
	exec, err := reversedTwice(b, 1024, 512) // 2 MiB of input, of intermediate values and of results
	if err != nil {
		t.Fatal(err)
	}
	shape := shapes.Make(dtypes.Float32, 1024, 512)
	var inputs []backends.Buffer
	for range 3 {
		buf, err := b.BufferFromFlatData(0, make([]float32, shape.Size()), shape)
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, buf)
	}
	_, err = b.BufferFromFlatData(0, make([]float32, shape.Size()), shape)
	wants(t, err, "BufferFromFlatData of shape (Float32)[1024 512]", "asked for 2.0MiB", "limit of 8.0MiB",
		"6.0MiB held")
	_, _, err = b.NewSharedBuffer(0, shape)
	wants(t, err, "NewSharedBuffer", "asked for 2.0MiB")
	_, err = exec.Execute(inputs[:1], nil, 0) // not even the intermediate value fits
	wants(t, err, `computation "reversed" at its start`, "asked for 2.0MiB")
	if err := b.BufferFinalize(inputs[2]); err != nil {
		t.Fatal(err)
	}
	_, err = exec.Execute(inputs[:1], nil, 0) // the result does not fit
	wants(t, err, "Reverse", "asked for 2.0MiB")
	if b.memory.InUse() != 4*mib {
		t.Errorf("%d bytes count as handed out, want the two inputs", b.memory.InUse())
	}
	if out, err := exec.Execute(inputs[:1], []bool{true}, 0); err != nil { // the result takes the donated input's place
		t.Error(err)
	} else if err := b.BufferFinalize(out[0]); err != nil {
		t.Error(err)
	}
	if err := b.BufferFinalize(inputs[1]); err != nil {
		t.Fatal(err)
	}
	if b.memory.InUse() != 0 {
		t.Errorf("%d bytes count as handed out, want none", b.memory.InUse())
	}
}

// TestDroppedBuffersAreRoom leaves buffers to the garbage collector instead of finalizing them: they must not use up
// the limit. Nor must idle memory of other sizes.
func TestDroppedBuffersAreRoom(t *testing.T) {
	b := limitedTo(t, "memory=8MiB")
	for i := range 40 {
		n := mib/4 + 4096*i
		buf, err := b.BufferFromFlatData(0, make([]float32, n), shapes.Make(dtypes.Float32, n))
		if err != nil {
			t.Fatalf("buffer %d: %v", i, err)
		}
		if i%2 == 0 {
			if err := b.BufferFinalize(buf); err != nil {
				t.Fatal(err)
			}
		}
	}
}
