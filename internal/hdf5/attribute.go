package hdf5

import (
	"fmt"
	"maps"
	"slices"
)

// Values are those of an attribute.
type Values struct {
	Shape []int
	Type  Type

	f    *File
	data []byte
}

// Floats are the numbers of an attribute.
func (v *Values) Floats() ([]float64, error) { return floats(v.Type, v.data) }

// Strings are the texts of an attribute.
func (v *Values) Strings() ([]string, error) { return v.f.texts(v.Type, v.data) }

// Attribute is that of a name, nil where there is none.
func (o *Object) Attribute(name string) (*Values, error) {
	if err := o.attributes(); err != nil {
		return nil, fmt.Errorf("%w (%s)", err, shown(o.Path))
	}
	return o.attrs[name], nil
}

// AttributeNames are those of the attributes, in order.
func (o *Object) AttributeNames() ([]string, error) {
	err := o.attributes()
	return slices.Sorted(maps.Keys(o.attrs)), err
}

// attributes reads all of an object.
func (o *Object) attributes() error {
	if o.attrs != nil {
		return nil
	}
	attrs := map[string]*Values{}
	take := func(data []byte) error {
		name, v, err := o.f.attribute(data)
		if err != nil {
			return err
		}
		if attrs[name] != nil {
			return fmt.Errorf("two attributes %.80q; write it again", name)
		}
		attrs[name] = v
		return nil
	}
	for _, m := range o.messages {
		var err error
		switch m.kind {
		case attributeMessage:
			err = take(m.data)
		case attributesMessage:
			err = o.f.denseAttributes(m.data, take)
		}
		if err != nil {
			return err
		}
	}
	o.attrs = attrs
	return nil
}

// attribute reads one from a message.
func (f *File) attribute(data []byte) (name string, v *Values, err error) {
	c := &cursor{data: data}
	version, flags := c.u8(), c.u8()
	nameSize, typeSize, spaceSize := int(c.u16()), int(c.u16()), int(c.u16())
	if version == 3 {
		c.skip(1) // the encoding of the name
	}
	part := func(n int) *cursor {
		b := c.take(n)
		if version == 1 {
			c.skip(-n & 7)
		}
		return &cursor{data: b}
	}
	name = part(nameSize).text(false)
	typed, space := part(typeSize), part(spaceSize)
	if c.err != nil || version < 1 || version > 3 || name == "" {
		return "", nil, damaged("attribute", 0)
	}
	if version > 1 && flags&3 != 0 {
		return "", nil, fmt.Errorf("attribute %.80q, which shares its type with others, and isn't read; write it again",
			name)
	}
	v = &Values{f: f}
	if v.Type, err = datatype(typed, 0); err != nil {
		return "", nil, err
	}
	if v.Shape, _, err = dataspace(space); err != nil {
		return "", nil, err
	}
	size, ok := product(v.Shape, v.Type.bytes())
	if !ok || size > c.left() {
		return "", nil, damaged("attribute", 0)
	}
	v.data = c.take(size)
	v.Shape = append(v.Shape, v.Type.shape...)
	return name, v, nil
}

// denseAttributes reads those of an object that has many: they are in a heap, with a B-tree over them.
func (f *File) denseAttributes(data []byte, take func(data []byte) error) error {
	c := &cursor{data: data}
	version, flags := c.u8(), c.u8()
	if flags&1 != 0 {
		c.skip(2)
	}
	heap, tree := c.u64(), c.u64()
	if c.err != nil || version != 0 {
		return damaged("list of attributes", 0)
	}
	if heap == undefined {
		return nil
	}
	const byName = 8
	return f.dense(heap, tree, byName, 0, take)
}
