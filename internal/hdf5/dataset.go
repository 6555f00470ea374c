package hdf5

import (
	"errors"
	"fmt"
)

// Dataset is an array. A number or a text by itself has no dimension.
type Dataset struct {
	Path  string
	Shape []int
	Type  Type

	f       *File
	stored  []int // shape in the file, without that of an array in each element
	limits  []int // greatest shape, −1 without a limit
	layout  layout
	filters []filter
	places  []chunkPlace

	element Type // in the file, of which Type is a field or all
	offset  int

	unpacked []byte // the chunk that was unpacked last
	number   int
}

// Dataset describes the array that an object is; a group is an error.
func (o *Object) Dataset() (*Dataset, error) {
	d, err := o.dataset()
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, shown(o.Path))
	}
	return d, nil
}

func (o *Object) dataset() (*Dataset, error) {
	if !o.IsDataset() {
		return nil, errors.New("a group in place of an array")
	}
	if o.first(externalMessage) != nil {
		return nil, errors.New("data that are in other files, which aren't read; copy them into one")
	}
	d := &Dataset{Path: o.Path, f: o.f, number: -1}
	var err error
	if d.stored, d.limits, err = dataspace(&cursor{data: o.first(dataspaceMessage)}); err != nil {
		return nil, err
	}
	if d.element, err = datatype(&cursor{data: o.first(datatypeMessage)}, 0); err != nil {
		return nil, err
	}
	d.take(d.element, 0)
	width := d.element.bytes()
	if _, ok := product(d.stored, width); !ok {
		return nil, damaged("shape", 0)
	}
	if d.layout, err = readLayout(o.first(layoutMessage), width); err != nil {
		return nil, err
	}
	if packed := o.first(filterMessage); packed != nil {
		if d.filters, err = filters(packed); err != nil {
			return nil, err
		}
	}
	if d.layout.kind == chunkedLayout && len(d.layout.chunk) != len(d.stored) ||
		d.layout.kind != chunkedLayout && len(d.filters) > 0 {
		return nil, damaged("layout", 0)
	}
	return d, nil
}

// bytes is what an element takes, with all of its array.
func (t Type) bytes() int {
	n, _ := product(t.shape, t.size) // which was checked when it was read
	return n
}

// take makes a type at a place in each element that of the dataset.
func (d *Dataset) take(t Type, offset int) {
	d.Type, d.offset = t, offset
	d.Shape = append(append([]int{}, d.stored...), t.shape...)
}

// Fields are the names of those of records, nil of other elements.
func (d *Dataset) Fields() (names []string) {
	for _, f := range d.Type.fields {
		names = append(names, f.name)
	}
	return names
}

// Field is the array of one field of all records; one that isn't there is an [ErrNone].
func (d *Dataset) Field(name string) (*Dataset, error) {
	for _, f := range d.Type.fields {
		if f.name == name {
			one := *d
			one.Path += "/" + name
			one.take(f.of, d.offset+f.offset)
			return &one, nil
		}
	}
	return nil, fmt.Errorf("%w: %.80q", ErrNone, d.Path+"/"+name)
}

// Rows is the length along the first dimension, 1 of a value by itself.
func (d *Dataset) Rows() int {
	if len(d.stored) == 0 {
		return 1
	}
	return d.stored[0]
}

// BandRows is how many rows are best read at once: those of a chunk, or what takes about a megabyte.
func (d *Dataset) BandRows() int {
	if d.layout.kind == chunkedLayout {
		return max(1, d.layout.chunk[0])
	}
	const bytes = 1 << 20
	width, _ := product(d.stored[min(1, len(d.stored)):], d.element.bytes())
	return max(1, bytes/max(1, width))
}

// raw reads the bytes of elements of so many rows.
func (d *Dataset) raw(first, count int) ([]byte, error) {
	if first < 0 || count < 0 || first > d.Rows()-count {
		return nil, fmt.Errorf("%d rows, not %d from number %d on", d.Rows(), count, first)
	}
	var inner []int
	if len(d.stored) > 0 {
		inner = d.stored[1:]
	}
	element := d.element.bytes()
	width, ok := product(inner, element)
	size, fits := product([]int{count}, width)
	if !ok || !fits {
		return nil, damaged("shape", 0)
	}
	var data []byte
	var err error
	switch all := d.Rows() * width; {
	case size == 0:
		return nil, nil
	case d.layout.kind == compactLayout:
		if len(d.layout.data) < all {
			return nil, damaged("layout", 0)
		}
		data = d.layout.data[first*width:][:size]
	case d.layout.kind == contiguousLayout:
		if d.layout.at == undefined {
			return nil, errors.New("an array that was never written; write it again")
		}
		if d.layout.size != 0 && d.layout.size != uint64(all) {
			return nil, damaged("layout", 0)
		}
		data, err = d.f.read(d.layout.at+uint64(first*width), uint64(size))
	default:
		data, err = d.chunked(first, count, size)
	}
	if err != nil {
		return nil, err
	}
	return d.part(data), nil
}

// part keeps the field that is meant of each element.
func (d *Dataset) part(data []byte) []byte {
	width, whole := d.Type.bytes(), d.element.bytes()
	if width == whole {
		return data
	}
	out := make([]byte, 0, len(data)/whole*width)
	for ; len(data) > 0; data = data[whole:] {
		out = append(out, data[d.offset:d.offset+width]...)
	}
	return out
}

// chunked gathers rows, of so many bytes, from the chunks that have them.
func (d *Dataset) chunked(first, count, size int) ([]byte, error) {
	places, err := d.chunks()
	if err != nil {
		return nil, err
	}
	perBand := 1 // chunks that share rows
	for k := 1; k < len(d.stored); k++ {
		perBand *= (d.stored[k] + d.layout.chunk[k] - 1) / d.layout.chunk[k]
	}
	rows := d.layout.chunk[0]
	var out []byte
	for k := first / rows * perBand; k < (first+count+rows-1)/rows*perBand; k++ {
		chunk, err := d.chunk(k, places[k])
		if err != nil {
			return nil, err
		}
		if out == nil { // only now is it known that the chunks are as large as the file says
			out = make([]byte, size)
		}
		d.copyChunk(out, chunk, k, first, count)
	}
	return out, nil
}

// chunk unpacks one.
func (d *Dataset) chunk(k int, p chunkPlace) ([]byte, error) {
	if d.number == k {
		return d.unpacked, nil
	}
	data, err := d.f.read(p.at, p.size)
	if err != nil {
		return nil, err
	}
	size, _ := product(d.layout.chunk, d.element.bytes())
	if data, err = d.f.unpack(d.filters, p.skipped, data, size); err != nil {
		return nil, err
	}
	d.unpacked, d.number = data, k
	return data, nil
}

// copyChunk copies what a chunk has of rows.
func (d *Dataset) copyChunk(out, chunk []byte, number, first, count int) {
	rank := len(d.stored)
	begin, end := make([]int, rank), make([]int, rank) // of the chunk's elements that are wanted
	outAt := make([]int, rank)                         // of the first of them in out
	for k := rank - 1; k >= 0; k-- {
		along := (d.stored[k] + d.layout.chunk[k] - 1) / d.layout.chunk[k]
		at := number % along * d.layout.chunk[k]
		number /= along
		from, to := 0, d.stored[k]
		if k == 0 {
			from, to = first, first+count
		}
		begin[k], end[k] = max(0, from-at), min(d.layout.chunk[k], to-at)
		outAt[k] = at + begin[k] - from
	}
	element := d.element.bytes()
	var walk func(k, from, to int)
	walk = func(k, from, to int) { // from and to are numbers of elements along the first k dimensions
		from, to = from*d.layout.chunk[k]+begin[k], to*d.outLength(k, count)+outAt[k]
		if k == rank-1 {
			n := end[k] - begin[k]
			copy(out[to*element:(to+n)*element], chunk[from*element:])
			return
		}
		for i := range end[k] - begin[k] {
			walk(k+1, from+i, to+i)
		}
	}
	walk(0, 0, 0)
}

// outLength is the length of rows that are gathered along a dimension.
func (d *Dataset) outLength(k, count int) int {
	if k == 0 {
		return count
	}
	return d.stored[k]
}
