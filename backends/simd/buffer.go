package simd

import "github.com/gomlx/gomlx/pkg/core/shapes"

// Buffer is a dense row-major array in the memory of the CPU.
type Buffer struct {
	shape shapes.Shape
	mem   []byte // exactly shape.Memory() bytes; nil if empty or finalized
	valid bool
}

// newBuffer returns a buffer with unspecified contents from the backend's memory.
func (b *Backend) newBuffer(shape shapes.Shape) *Buffer {
	return &Buffer{shape: shape.Clone(), mem: b.memory.Get(int(shape.Memory())), valid: true}
}

// release gives a buffer's memory back; the buffer becomes invalid.
func (b *Backend) release(buf *Buffer) {
	buf.valid = false
	b.memory.Put(buf.mem)
	buf.mem = nil
}
