// Package eventfile writes the event files that TensorBoard reads: records of protocol buffers, each between checksums.
package eventfile

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Writer writes events. It isn't for several goroutines at once.
type Writer struct {
	out io.Writer
	at  time.Time // of the first event
}

// NewWriter begins an event file. What TensorBoard may have read of the same run before is replaced by what follows.
func NewWriter(out io.Writer, at time.Time) (*Writer, error) {
	w := &Writer{out, at}
	version := protowire.AppendTag(nil, 3, protowire.BytesType)
	version = protowire.AppendString(version, "brain.Event:2")
	if err := w.event(at, 0, version); err != nil {
		return nil, err
	}
	start := appendInt(nil, 1, 1) // SessionLog.status = START
	return w, w.event(at, 0, appendMessage(nil, 7, start))
}

// Scalar is a named number at a step.
type Scalar struct {
	Tag   string
	Value float64
}

// Scalars writes numbers of a step. Those of the same tag make a curve.
func (w *Writer) Scalars(at time.Time, step int, values []Scalar) error {
	var summary []byte
	for _, v := range values {
		one := appendString(nil, 1, v.Tag)
		one = protowire.AppendTag(one, 2, protowire.Fixed32Type)
		one = protowire.AppendFixed32(one, math.Float32bits(float32(v.Value)))
		summary = appendMessage(summary, 1, one)
	}
	return w.event(at, step, appendMessage(nil, 5, summary))
}

// Picture writes a picture of a step, as the bytes of a PNG of that many pixels.
func (w *Writer) Picture(at time.Time, step int, tag string, png []byte, width, height int) error {
	picture := appendInt(nil, 1, uint64(height))
	picture = appendInt(picture, 2, uint64(width))
	picture = appendInt(picture, 3, 3) // colours
	picture = appendMessage(picture, 4, png)
	one := appendMessage(appendString(nil, 1, tag), 4, picture)
	return w.event(at, step, appendMessage(nil, 5, appendMessage(nil, 1, one)))
}

// Text writes Markdown at step 0.
func (w *Writer) Text(tag, markdown string) error {
	const dtString, dataClassTensor = 7, 2
	shape := appendMessage(nil, 2, appendInt(nil, 1, 1)) // of one dimension, of size 1
	tensor := appendInt(nil, 1, dtString)
	tensor = appendMessage(tensor, 2, shape)
	tensor = appendString(tensor, 8, markdown)
	metadata := appendMessage(nil, 1, appendString(nil, 1, "text"))
	metadata = appendInt(metadata, 4, dataClassTensor)
	one := appendString(nil, 1, tag)
	one = appendMessage(one, 8, tensor)
	one = appendMessage(one, 9, metadata)
	return w.event(w.at, 0, appendMessage(nil, 5, appendMessage(nil, 1, one)))
}

// event writes the record of an event with its time, its step and what else it has.
func (w *Writer) event(at time.Time, step int, rest []byte) error {
	seconds := float64(at.UnixNano()) / 1e9
	event := protowire.AppendTag(nil, 1, protowire.Fixed64Type)
	event = protowire.AppendFixed64(event, math.Float64bits(seconds))
	event = appendInt(event, 2, uint64(step))
	event = append(event, rest...)

	record := binary.LittleEndian.AppendUint64(nil, uint64(len(event)))
	record = binary.LittleEndian.AppendUint32(record, checksum(record))
	record = append(record, event...)
	record = binary.LittleEndian.AppendUint32(record, checksum(event))
	if _, err := w.out.Write(record); err != nil {
		return fmt.Errorf("event file: %w; check the space and the rights there", err)
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is CRC-32C, masked as the format of TFRecord asks.
func checksum(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

func appendInt(to []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(to, field, protowire.VarintType), v)
}

func appendString(to []byte, field protowire.Number, text string) []byte {
	return protowire.AppendString(protowire.AppendTag(to, field, protowire.BytesType), text)
}

func appendMessage(to []byte, field protowire.Number, message []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(to, field, protowire.BytesType), message)
}
