package simd

import (
	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/pkg/errors"

	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/memory"
)

// This file implements backends.DataInterface. The "device" is the CPU, so every buffer is a shared one.

// checkBuffer returns the engine's buffer behind the opaque value, or an error that says why it cannot be used.
func checkBuffer(what string, buffer backends.Buffer) (*Buffer, error) {
	buf, ok := buffer.(*Buffer)
	switch {
	case !ok:
		return nil, errors.Errorf("simd: %s, got a buffer of type %T; transfer it to this backend first", what, buffer)
	case buf == nil:
		return nil, errors.Errorf("simd: %s, got a nil buffer; pass one that this backend returned", what)
	case !buf.valid:
		return nil, errors.Errorf("simd: %s, got a buffer of shape %s that was finalized or donated; keep it alive",
			what, buf.shape)
	}
	return buf, nil
}

func (b *Backend) checkPlacement(what string, device backends.DeviceNum, shape shapes.Shape) error {
	if err := b.checkUsable(what); err != nil {
		return err
	}
	if device != 0 {
		return errors.Errorf("simd: %s, got device %d; there is only device 0", what, device)
	}
	return checkSizes(what, shape)
}

// BufferFinalize implements backends.DataInterface.
func (b *Backend) BufferFinalize(buffer backends.Buffer) error {
	buf, err := checkBuffer("BufferFinalize", buffer)
	if err != nil {
		return err
	}
	b.release(buf)
	return nil
}

// BufferShape implements backends.DataInterface.
func (b *Backend) BufferShape(buffer backends.Buffer) (shapes.Shape, error) {
	buf, err := checkBuffer("BufferShape", buffer)
	if err != nil {
		return shapes.Invalid(), err
	}
	return buf.shape, nil
}

// BufferDeviceNum implements backends.DataInterface.
func (b *Backend) BufferDeviceNum(buffer backends.Buffer) (backends.DeviceNum, error) {
	_, err := checkBuffer("BufferDeviceNum", buffer)
	return 0, err
}

// BufferToFlatData implements backends.DataInterface.
func (b *Backend) BufferToFlatData(buffer backends.Buffer, flat any) error {
	buf, err := checkBuffer("BufferToFlatData", buffer)
	if err != nil {
		return err
	}
	dst, ok := dense.Storages[buf.shape.DType].Bytes(flat)
	if !ok || len(dst) != len(buf.mem) {
		return errors.Errorf("simd: BufferToFlatData of a buffer of shape %s, got a destination of type %T; pass %d "+
			"elements of its dtype",
			buf.shape, flat, buf.shape.Size())
	}
	copy(dst, buf.mem)
	return nil
}

// BufferFromFlatData implements backends.DataInterface.
func (b *Backend) BufferFromFlatData(device backends.DeviceNum, flat any,
	shape shapes.Shape) (_ backends.Buffer, err error) {
	defer memory.Catch("BufferFromFlatData of shape "+shape.String(), &err)
	if err := b.checkPlacement("BufferFromFlatData", device, shape); err != nil {
		return nil, err
	}
	src, ok := dense.Storages[shape.DType].Bytes(flat)
	if !ok || len(src) != int(shape.Memory()) {
		return nil, errors.Errorf("simd: BufferFromFlatData, got data of type %T for shape %s; pass %d elements of "+
			"its dtype",
			flat, shape, shape.Size())
	}
	buf := b.newBuffer(shape)
	copy(buf.mem, src)
	return buf, nil
}

// HasSharedBuffers implements backends.DataInterface.
func (b *Backend) HasSharedBuffers() bool { return true }

// NewSharedBuffer implements backends.DataInterface. The buffer starts with zeros.
func (b *Backend) NewSharedBuffer(device backends.DeviceNum, shape shapes.Shape) (_ backends.Buffer, _ any, err error) {
	defer memory.Catch("NewSharedBuffer of shape "+shape.String(), &err)
	if err := b.checkPlacement("NewSharedBuffer", device, shape); err != nil {
		return nil, nil, err
	}
	buf := b.newBuffer(shape)
	clear(buf.mem)
	return buf, dense.Storages[shape.DType].ToFlat(buf.mem), nil
}

// BufferData implements backends.DataInterface.
func (b *Backend) BufferData(buffer backends.Buffer) (any, error) {
	buf, err := checkBuffer("BufferData", buffer)
	if err != nil {
		return nil, err
	}
	return dense.Storages[buf.shape.DType].ToFlat(buf.mem), nil
}

// BufferCopyToDevice implements backends.DataInterface.
func (b *Backend) BufferCopyToDevice(_ backends.Buffer, device backends.DeviceNum) (backends.Buffer, error) {
	return nil, errors.Errorf("simd: BufferCopyToDevice, got device %d; there is only device 0", device)
}
