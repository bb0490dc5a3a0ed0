/* One call per operation of the C peers, so that Rust measures their work and no glue. Compiled for the benches only.
 *
 * The installed headers of libwbxml show its converters alone; the library exports its parser and its tree all the same.
 * Their prototypes are declared here as the 0.11 series has them; a test compares what they yield with our own reading. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef WITH_LIBWBXML
#include <wbxml/wbxml.h>

typedef struct {
    void (*start_document)(void *context, int charset, const void *language);
    void (*end_document)(void *context);
    void (*start_element)(void *context, void *tag, void **attributes, WB_BOOL empty);
    void (*end_element)(void *context, void *tag, WB_BOOL empty);
    void (*characters)(void *context, WB_UTINY *text, WB_ULONG start, WB_ULONG length);
    void (*instruction)(void *context, const WB_UTINY *target, WB_UTINY *data);
} Handlers;

void *wbxml_parser_create(void);
void wbxml_parser_destroy(void *parser);
void wbxml_parser_set_user_data(void *parser, void *data);
void wbxml_parser_set_content_handler(void *parser, Handlers *handlers);
WBXMLError wbxml_parser_parse(void *parser, WB_UTINY *wbxml, WB_ULONG length);
WBXMLError wbxml_tree_from_wbxml(WB_UTINY *wbxml, WB_ULONG length, WBXMLLanguage language, WBXMLCharsetMIBEnum charset,
                                 void **tree);
WBXMLError wbxml_tree_from_xml(WB_UTINY *xml, WB_ULONG length, void **tree);
WBXMLError wbxml_tree_to_wbxml(void *tree, WB_UTINY **wbxml, WB_ULONG *length, WBXMLGenWBXMLParams *parameters);
WBXMLError wbxml_tree_to_xml(void *tree, WB_UTINY **xml, WB_ULONG *length, WBXMLGenXMLParams *parameters);
void wbxml_tree_destroy(void *tree);

static void start_document(void *context, int charset, const void *language) {
    (void)context, (void)charset, (void)language;
}
static void end_document(void *context) { (void)context; }
static void start_element(void *context, void *tag, void **attributes, WB_BOOL empty) {
    (void)tag, (void)attributes, (void)empty;
    ++*(size_t *)context;
}
static void end_element(void *context, void *tag, WB_BOOL empty) {
    (void)tag, (void)empty;
    ++*(size_t *)context;
}
static void characters(void *context, WB_UTINY *text, WB_ULONG start, WB_ULONG length) {
    (void)text, (void)start, (void)length;
    ++*(size_t *)context;
}
static void instruction(void *context, const WB_UTINY *target, WB_UTINY *data) {
    (void)context, (void)target, (void)data;
}

/* Every function answers 0 for success. */

int peer_wbxml_events(const uint8_t *wbxml, size_t length, size_t *events) {
    static Handlers handlers = {start_document, end_document, start_element, end_element, characters, instruction};
    void *parser = wbxml_parser_create();
    if (parser == NULL) return -1;
    *events = 0;
    wbxml_parser_set_user_data(parser, events);
    wbxml_parser_set_content_handler(parser, &handlers);
    WBXMLError error = wbxml_parser_parse(parser, (WB_UTINY *)wbxml, (WB_ULONG)length);
    wbxml_parser_destroy(parser);
    return error;
}

int peer_tree_from_wbxml(const uint8_t *wbxml, size_t length, void **tree) {
    return wbxml_tree_from_wbxml((WB_UTINY *)wbxml, (WB_ULONG)length, WBXML_LANG_UNKNOWN, WBXML_CHARSET_UNKNOWN, tree);
}

int peer_tree_from_xml(const uint8_t *xml, size_t length, void **tree) {
    return wbxml_tree_from_xml((WB_UTINY *)xml, (WB_ULONG)length, tree);
}

void peer_tree_free(void *tree) { wbxml_tree_destroy(tree); }

int peer_tree_to_wbxml(void *tree, uint8_t **wbxml, uint32_t *length) {
    WBXMLGenWBXMLParams parameters = {WBXML_VERSION_12, TRUE, FALSE, FALSE};
    return wbxml_tree_to_wbxml(tree, wbxml, length, &parameters);
}

int peer_tree_to_xml(void *tree, uint8_t **xml, uint32_t *length) {
    WBXMLGenXMLParams parameters = {WBXML_GEN_XML_COMPACT, WBXML_LANG_UNKNOWN, WBXML_CHARSET_UNKNOWN, 0, TRUE};
    return wbxml_tree_to_xml(tree, xml, length, &parameters);
}

int peer_wbxml_to_xml(const uint8_t *wbxml, size_t length, uint8_t **xml, uint32_t *xml_length) {
    WBXMLConvWBXML2XML *converter = NULL;
    WBXMLError error = wbxml_conv_wbxml2xml_create(&converter);
    if (error != WBXML_OK) return error;
    wbxml_conv_wbxml2xml_set_gen_type(converter, WBXML_GEN_XML_COMPACT);
    error = wbxml_conv_wbxml2xml_run(converter, (WB_UTINY *)wbxml, (WB_ULONG)length, xml, xml_length);
    wbxml_conv_wbxml2xml_destroy(converter);
    return error;
}

void peer_bytes_free(uint8_t *bytes) { free(bytes); }
#endif

#ifdef WITH_EXPAT
#include <expat.h>

static void XMLCALL xml_start(void *context, const XML_Char *name, const XML_Char **attributes) {
    (void)name, (void)attributes;
    ++*(size_t *)context;
}
static void XMLCALL xml_end(void *context, const XML_Char *name) {
    (void)name;
    ++*(size_t *)context;
}
static void XMLCALL xml_text(void *context, const XML_Char *text, int length) {
    (void)text, (void)length;
    ++*(size_t *)context;
}

int peer_xml_events(const uint8_t *xml, size_t length, size_t *events) {
    XML_Parser parser = XML_ParserCreate(NULL);
    if (parser == NULL) return -1;
    *events = 0;
    XML_SetUserData(parser, events);
    XML_SetElementHandler(parser, xml_start, xml_end);
    XML_SetCharacterDataHandler(parser, xml_text);
    enum XML_Status status = XML_Parse(parser, (const char *)xml, (int)length, 1);
    XML_ParserFree(parser);
    return status == XML_STATUS_OK ? 0 : -1;
}
#endif
