/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libvirt's domain XML. libxml2 builds its tree; while it does, each element is given its
 * place in the text, so that a change touches nothing else.
 */
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/SAX2.h>
#include <string.h>

#include "host/format.h"
#include "host/xmlsame.h"
#include "host/xmltag.h"
#include "lib/strv.h"

struct config {
	const char *label;
	const char *text;
	size_t len;
	xmlDoc *doc;
	struct xmlspan *spans; /* an element's _private counts from 1 */
	size_t n_spans;
	const char *wrong; /* why the parser was stopped; NULL */
	struct domain domain;
	xmlNode *disks[DOMAIN_DEVICES_MAX]; /* as the domain's */
	xmlNode *nics[DOMAIN_DEVICES_MAX];
};

static xmlNode *child(xmlNode *n, const char *name)
{
	for (xmlNode *x = n ? n->children : NULL; x; x = x->next)
		if (xml_is_element(x, name))
			return x;
	return NULL;
}

/* In whatever namespace: what is not libvirt's own has one. */
static xmlNode *foreign_child(xmlNode *n, const char *name)
{
	for (xmlNode *x = n ? n->children : NULL; x; x = x->next)
		if (x->type == XML_ELEMENT_NODE && streq((const char *)x->name, name))
			return x;
	return NULL;
}

/* A copy in *ret, NULL when there is none; false: out of memory. */
static bool take_attribute(xmlNode *n, const char *name, char **ret)
{
	xmlChar *value = n ? xmlGetNoNsProp(n, (const xmlChar *)name) : NULL;

	if (!value)
		return true;
	*ret = strdup((const char *)value);
	xmlFree(value);
	return *ret != NULL;
}

static bool take_content(xmlNode *n, char **ret)
{
	xmlChar *value = n ? xmlNodeGetContent(n) : NULL;

	if (!value)
		return true;
	*ret = strdup((const char *)value);
	xmlFree(value);
	return *ret != NULL;
}

static void stop(xmlParserCtxt *ctxt, const char *why)
{
	struct config *c = ctxt->_private;

	if (!c->wrong)
		c->wrong = why;
	xmlStopParser(ctxt);
}

/* The parser stands at the ">" or "/>" of the tag that it tells of. */
static void on_start(void *p, const xmlChar *name, const xmlChar *prefix,
		     const xmlChar *uri, int n_ns, const xmlChar **ns, int n_attrs,
		     int n_defaulted, const xmlChar **attrs)
{
	xmlParserCtxt *ctxt = p;
	struct config *c = ctxt->_private;
	struct xmlspan span;
	long at = xmlByteConsumed(ctxt);

	xmlSAX2StartElementNs(p, name, prefix, uri, n_ns, ns, n_attrs, n_defaulted,
			      attrs);
	if (!ctxt->node)
		return;
	if (!xmlspan_begin(&span, c->text, c->len, at)) {
		stop(ctxt, "an element's place in the text is not known");
		return;
	}
	if (vec_grow(&c->spans, c->n_spans, sizeof(*c->spans)) < 0) {
		stop(ctxt, "out of memory");
		return;
	}
	c->spans[c->n_spans++] = span;
	/* A number, as the spans may move: NOLINTNEXTLINE(performance-no-int-to-ptr) */
	ctxt->node->_private = (void *)c->n_spans;
}

static struct xmlspan *span_of(const struct config *c, const xmlNode *n)
{
	/* What was read has them all, of which gcc's analyser knows nothing */
	if (!n)
		__builtin_unreachable();
	return &c->spans[(size_t)n->_private - 1];
}

/* And here behind the ">" of the end. */
static void on_end(void *p, const xmlChar *name, const xmlChar *prefix,
		   const xmlChar *uri)
{
	xmlParserCtxt *ctxt = p;
	struct config *c = ctxt->_private;
	long at = xmlByteConsumed(ctxt);

	if (ctxt->node && ctxt->node->_private &&
	    !xmlspan_end(span_of(c, ctxt->node), c->text, c->len, at))
		stop(ctxt, "an element's end in the text is not known");
	xmlSAX2EndElementNs(p, name, prefix, uri);
}

/* Entities could bring elements that stand nowhere in the text. */
static void on_doctype(void *p, const xmlChar *name, const xmlChar *external,
		       const xmlChar *system)
{
	stop(p, "a document type, which libvirt never writes");
}

static int parse_error(xmlParserCtxt *ctxt, const struct config *c, struct err *e)
{
	const xmlError *x = xmlCtxtGetLastError(ctxt);
	const char *message = x && x->message ? x->message : "no XML";
	int line = x && x->line ? x->line : 1;

	if (c->wrong) {
		line = ctxt->input ? ctxt->input->line : 1;
		message = c->wrong;
	}
	return err_set(e, EINVAL, "%s:%d: %.*s", c->label, line,
		       (int)strcspn(message, "\n"), message);
}

static bool is_utf8(const xmlDoc *doc)
{
	static const char *const names[] = { "UTF-8", "utf-8", "US-ASCII" };
	const char *have = (const char *)doc->encoding;

	for (size_t i = 0; have && i < ELEMENTSOF(names); i++)
		if (streq(have, names[i]))
			return true;
	return !have;
}

static int parse(struct config *c, struct err *e)
{
	xmlParserCtxt *ctxt = xmlCreateMemoryParserCtxt(c->text, (int)c->len);
	int k = 0;

	if (!ctxt) /* also for an empty text */
		return err_set(e, EINVAL, "%s:1: no XML", c->label);
	xmlCtxtUseOptions(ctxt,
			  XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	ctxt->_private = c;
	ctxt->sax->startElementNs = on_start;
	ctxt->sax->endElementNs = on_end;
	ctxt->sax->internalSubset = on_doctype;
	xmlParseDocument(ctxt);
	c->doc = ctxt->myDoc;
	if (c->wrong || !ctxt->wellFormed || !c->doc)
		k = parse_error(ctxt, c, e);
	else if (!is_utf8(c->doc))
		k = err_set(e, EINVAL, "%s:1: its encoding is %s, not UTF-8", c->label,
			    (const char *)c->doc->encoding);
	xmlFreeParserCtxt(ctxt);
	return k;
}

static int add_disk(struct config *c, xmlNode *n, struct err *e)
{
	static const char *const sources[] = { "file", "dev", "name", "volume", "dir" };
	xmlNode *target = child(n, "target");
	xmlNode *driver = child(n, "driver");
	_cleanup_free_ char *device = NULL;
	_cleanup_free_ char *order = NULL;
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *type = NULL;
	struct vdisk *v;
	bool good;
	int k = domain_add_disk(&c->domain, c->label, (size_t)xmlGetLineNo(n), &v, e);

	if (k < 0)
		return k;
	c->disks[c->domain.n_disks - 1] = n;
	good = take_attribute(target, "dev", &v->name) &&
	       take_attribute(n, "device", &device) &&
	       take_attribute(child(n, "boot"), "order", &order) &&
	       take_attribute(driver, "name", &name) &&
	       take_attribute(driver, "type", &type);
	for (size_t i = 0; good && !v->target && i < ELEMENTSOF(sources); i++)
		good = take_attribute(child(n, "source"), sources[i], &v->target);
	v->cdrom = device && !streq(device, "disk");
	v->order = order ? (unsigned int)strtoul(order, NULL, 10) : 0;
	if (good && name) {
		v->backend = type ? strf("%s:%s", name, type) : strdup(name);
		good = v->backend != NULL;
	}
	if (!good)
		return err_nomem(e);
	return v->name ? 0
		       : err_set(e, EINVAL, "%s:%zu: a disk without <target dev=…/>",
				 c->label, v->line);
}

static int add_nic(struct config *c, xmlNode *n, struct err *e)
{
	static const char *const sources[] = { "bridge", "network", "dev" };
	_cleanup_free_ char *mac = NULL;
	struct vnic *v;
	bool good;
	int k = domain_add_nic(&c->domain, c->label, (size_t)xmlGetLineNo(n), &v, e);

	if (k < 0)
		return k;
	c->nics[c->domain.n_nics - 1] = n;
	good = take_attribute(child(n, "mac"), "address", &mac) &&
	       take_attribute(child(n, "model"), "type", &v->model);
	for (size_t i = 0; good && !v->source && i < ELEMENTSOF(sources); i++)
		good = take_attribute(child(n, "source"), sources[i], &v->source);
	/* What xl says by a type, libvirt says by the model. */
	if (streq(v->model, "netfront")) {
		free(v->model);
		v->model = NULL;
		v->type = strdup("vif");
		good = good && v->type;
	}
	if (!good)
		return err_nomem(e);
	v->mac = mac ? mac_form(mac) : NULL;
	return v->mac || !mac ? 0
			      : err_set(e, EINVAL, "%s:%zu: '%s' is no MAC address",
					c->label, v->line, mac);
}

/* A card of the host's own that is passed through is neither emulated nor PV. */
static bool is_passed_through(xmlNode *n)
{
	xmlChar *type = xmlGetNoNsProp(n, (const xmlChar *)"type");
	bool yes = streq((const char *)type, "hostdev");

	xmlFree(type);
	return yes;
}

static int read_domain(struct config *c, struct err *e)
{
	xmlNode *root = xmlDocGetRootElement(c->doc);
	xmlNode *devices = child(root, "devices");
	xmlNode *libosinfo = foreign_child(
		foreign_child(child(root, "metadata"), "libosinfo"), "os");
	struct domain *d = &c->domain;
	_cleanup_free_ char *driver = NULL;
	_cleanup_free_ char *kind = NULL;
	int k = 0;

	if (!xml_is_element(root, "domain"))
		return err_set(e, EINVAL, "%s:%ld: <%s> is no libvirt domain", c->label,
			       xmlGetLineNo(root), (const char *)root->name);
	d->platform = -1;
	if (!take_attribute(root, "type", &driver) ||
	    !take_content(child(child(root, "os"), "type"), &kind) ||
	    !take_content(child(root, "name"), &d->name) ||
	    !take_content(child(root, "uuid"), &d->uuid) ||
	    !take_attribute(libosinfo, "id", &d->os))
		return err_nomem(e);
	if (!streq(driver, "xen"))
		return err_set(e, EINVAL, "%s:%ld: a domain of type '%s', not 'xen'",
			       c->label, xmlGetLineNo(root), driver ?: "");
	d->kind = streq(kind, "hvm")	  ? DOMAIN_HVM
		  : streq(kind, "xenpvh") ? DOMAIN_PVH
					  : DOMAIN_PV;
	for (xmlNode *n = devices ? devices->children : NULL; n && k == 0; n = n->next) {
		if (xml_is_element(n, "disk"))
			k = add_disk(c, n, e);
		else if (xml_is_element(n, "interface") && !is_passed_through(n))
			k = add_nic(c, n, e);
	}
	return k;
}

static void xml_free(struct config *c)
{
	if (!c)
		return;
	xmlFreeDoc(c->doc);
	domain_done(&c->domain);
	free(c->spans);
	free(c);
}
DEFINE_CLEANUP(struct config *, xml_free)

static int xml_read(const char *text, size_t len, const char *label, struct config **ret,
		    struct err *e)
{
	_cleanup_(xml_freep) struct config *c = calloc(1, sizeof(*c));
	int k;

	if (!c)
		return err_nomem(e);
	if (len > CONFIG_MAX)
		return err_set(e, EFBIG, "%s: larger than %u bytes", label, CONFIG_MAX);
	c->label = label;
	c->text = text;
	c->len = len;
	k = parse(c, e);
	if (k == 0)
		k = read_domain(c, e);
	if (k < 0)
		return k;
	*ret = TAKE_PTR(c);
	return 0;
}

static const struct domain *xml_domain(const struct config *c)
{
	return &c->domain;
}

static int set_attribute(const struct config *c, const xmlNode *n, const char *name,
			 const char *value, struct patches *p)
{
	return xmlspan_set(span_of(c, n), c->text, name, value, p);
}

/* The new name, on PV's bus, without the old place on an emulated one. */
static int edit_disk(const struct config *c, xmlNode *n, const char *to,
		     struct patches *p)
{
	xmlNode *target = child(n, "target");
	xmlNode *address = child(n, "address");
	int k = set_attribute(c, target, "dev", to, p);

	if (k == 0)
		k = set_attribute(c, target, "bus", "xen", p);
	if (k == 0 && address)
		k = xmlspan_remove(span_of(c, address), c->text, p);
	return k;
}

/* An attribute of a child, which is made where it is missing. */
static int edit_child(const struct config *c, xmlNode *n, const char *name,
		      const char *attribute, const char *value, struct patches *p)
{
	xmlNode *x = child(n, name);
	_cleanup_free_ char *element = NULL;

	if (x)
		return set_attribute(c, x, attribute, value, p);
	element = strf("<%s %s='%s'/>", name, attribute, value);
	return element ? xmlspan_insert(span_of(c, n), c->text, element, p) : -ENOMEM;
}

static int edit_nic(const struct config *c, xmlNode *n, const struct nic_change *ch,
		    struct patches *p)
{
	int k = ch->mac ? edit_child(c, n, "mac", "address", ch->mac, p) : 0;

	return k == 0 && ch->pv ? edit_child(c, n, "model", "type", "netfront", p) : k;
}

static int xml_edit(const struct config *c, const struct changes *ch, struct patches *p,
		    struct err *e)
{
	int k = 0;

	for (size_t i = 0; k == 0 && i < c->domain.n_disks; i++)
		if (ch->disks[i].to)
			k = edit_disk(c, c->disks[i], ch->disks[i].to, p);
	for (size_t i = 0; k == 0 && i < c->domain.n_nics; i++) {
		k = edit_nic(c, c->nics[i], &ch->nics[i], p);
		if (k == -EINVAL)
			return err_set(e, EINVAL,
				       "%s:%zu: an empty <interface/> is to be changed "
				       "by hand",
				       c->label, c->domain.nics[i].line);
	}
	return k < 0 ? err_nomem(e) : 0;
}

static bool xml_same_rest(const struct config *a, const struct config *b)
{
	return xml_same_nodes(a->doc->children, b->doc->children);
}

const struct format format_libvirt = {
	.name = "libvirt",
	.read = xml_read,
	.free = xml_free,
	.domain = xml_domain,
	.edit = xml_edit,
	.same_rest = xml_same_rest,
};
